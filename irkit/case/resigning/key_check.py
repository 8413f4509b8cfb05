"""Reads gpg homes and key ring files as the rules of a key policy look at them. Only public keys are read, and where secret ones are.

All are merged in a throw-away home, by gpg itself: a revocation that one place knows holds for all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from irkit.errors import BadInput, IrkitError
from irkit.model import SecretRef, iso, parse_instant
from irkit.openpgp.keyblock import looks_like_private_key, read_keys, shown
from irkit.openpgp.keyring import RingEntry, RingKey, list_ring, self_signature_hashes
from irkit.openpgp.runner import Gpg, throwaway_home
from irkit.resign.key_policy import Finding, SecretAt, SeenKey, SeenPart, Severity, check
from irkit.resign.policy_file import read_policy
from irkit.show import Facts, Notice, Table, View

_WORDS = {"c": "certify", "s": "sign", "e": "encrypt", "a": "authenticate"}
_KEYBOX = b"KBXf"  # at offset 8 (GnuPG's kbx/keybox-blob.c)
_LARGEST = 1 << 28
_PATIENCE_S = 600  # a key ring of a whole distribution takes minutes


@dataclass(frozen=True)
class Skipped:
    """What was not read, and why."""

    place: str
    why: str


@dataclass(frozen=True)
class Checked:
    """The findings of a policy as of a moment (UTC). `keys` are how many it lists, `read` the places that were read."""

    policy: Path
    at: datetime
    keys: int
    read: tuple[str, ...]
    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]

    def document(self) -> dict[str, Any]:
        return {
            "policy": str(self.policy), "at": iso(self.at), "keys": self.keys, "read": list(self.read),
            "findings": [asdict(one) for one in self.findings], "skipped": [asdict(one) for one in self.skipped],
        }  # fmt: skip

    def view(self) -> View:
        broken, alarms, unknown = (
            sum(one.severity is severity for one in self.findings)
            for severity in (Severity.BROKEN, Severity.ALARM, Severity.UNKNOWN)
        )
        if not self.findings:
            said = Notice("ok", "Every listed key was seen, and keeps to the policy.")
        else:
            said = Notice(
                "bad" if broken else "warn", f"Broken: {broken}. Soon broken: {alarms}. Not known: {unknown}."
            )
        facts = Facts((
            ("Policy", str(self.policy)), ("As of", iso(self.at)), ("Keys listed", self.keys), ("Read", ", ".join(self.read)),
        ))  # fmt: skip
        rows = [(one.severity.value, one.rule, one.key, one.owner or None, one.words, one.do) for one in self.findings]
        tables = (
            [Table.of(("Severity", "Rule", "Key", "Owner", "Finding", "What to do"), rows, "Findings")] if rows else []
        )
        left = [(one.place, one.why) for one in self.skipped]
        tables += [Table.of(("Place", "Why"), left, "Not read")] if left else []
        return View("OpenPGP keys against the policy", (facts, said, *tables))


def checked(policy: Path, homes: Sequence[Path], keyrings: Sequence[Path], at: str = "") -> Checked:
    """Check a policy against what these homes and files hold, and the homes that it names and that are on this machine.

    `at` is an instant with its zone, "" for now. BadInput for a policy that is none, for a place that is not there, and when there
    is nothing to read.
    """
    rules = read_policy(policy)
    moment = parse_instant(at) if at else datetime.now(UTC).replace(microsecond=0)
    told = {str(_place(one.path, policy)): one for one in rules.homes}
    reader = _Reader(frozenset(name for one in rules.keys for name in (one.fingerprint, one.successor) if name))
    with throwaway_home(agent=False) as scratch:
        for home in dict.fromkeys(path.expanduser().resolve() for path in homes):
            reader.home(home, scratch)
            if str(home) not in told:
                reader.skip(
                    home, "the policy does not say whose home it is, so that no rule about homes is asked of it"
                )
        for path in map(Path, told):
            if path.is_dir():
                reader.home(path, scratch)
            else:
                reader.skip(path, "the policy names this home, and it is not on this machine")
        for file in dict.fromkeys(path.expanduser().resolve() for path in keyrings):
            reader.file(file, scratch)
        if not reader.read:
            raise BadInput(
                "there is nothing to read keys from", on=policy, why="no home of the policy is on this machine",
                do="give --home DIR or --keyring FILE",
            )  # fmt: skip
        seen = reader.seen(scratch)
    findings = check(rules, seen, told, moment)
    return Checked(policy, moment, len(rules.keys), tuple(reader.read), findings, tuple(reader.skipped))


def against(policy: str | Path, homes: Sequence[str | Path]) -> View:
    """The keys of these gpg homes against a policy, as a view; without a policy it says that nothing was checked."""
    if not str(policy):
        return View(
            "OpenPGP keys against the policy",
            (
                Notice(
                    "warn",
                    "No policy is given, so whether the keys keep to one is unknown: docs/keys.md says how to write it.",
                ),
            ),
        )
    return checked(Path(policy), [Path(home) for home in homes if str(home)], ()).view()


def _place(path: str, policy: Path) -> Path:
    return (policy.parent / Path(path).expanduser()).resolve()


class _Reader:
    """Gathers public keys in the scratch home, and beside them what only their own place knows."""

    def __init__(self, asked: frozenset[str]) -> None:
        self._asked = asked
        self.read: dict[str, None] = {}
        self.skipped: list[Skipped] = []
        self._secrets: dict[str, list[SecretAt]] = defaultdict(list)
        self._in_use: dict[str, dict[str, None]] = defaultdict(dict)

    def skip(self, place: Path, why: str) -> None:
        self.skipped.append(Skipped(str(place), why))

    def home(self, home: Path, scratch: Path) -> None:
        """The public keys of a home; those whose secret part it holds are in use there."""
        if str(home) in self.read:
            return
        gpg = Gpg(home)
        for entry in list_ring(home, secret=True):
            for key in (entry.primary, *entry.subkeys):
                if key.secret:
                    primary = entry.primary.fingerprint
                    self._secrets[primary].append(SecretAt(str(home), key.fingerprint, key.card))
                    self._in_use[primary][str(home)] = None
        # A person's home may hold thousands of other people's keys, which no rule asks about.
        wanted = [*self._asked, *(primary for primary, places in self._in_use.items() if str(home) in places)]
        exported = gpg.must("the public keys could not be read", ["--export", "--", *wanted], on=home).stdout
        self._gather(exported, scratch, home)

    def file(self, file: Path, scratch: Path) -> None:
        """The public keys of a key ring file: armored, binary, or a keybox. All of them are in use: whoever has it trusts them."""
        try:
            with file.open("rb") as stream:
                data = stream.read(_LARGEST)
        except OSError as error:
            raise BadInput(
                "a key ring file cannot be read", on=file, why=error.strerror or "", do="check the path"
            ) from None
        if data[8:12] == _KEYBOX:
            args = ["--no-default-keyring", "--keyring", str(file), "--export"]
            data = Gpg(scratch).must("the keybox could not be read", args, on=file).stdout
        if looks_like_private_key(data):
            raise BadInput(
                "a key ring file holds a private key", on=file, why="it was not read any further",
                do="keep it in a gpg home, and give the public key here: gpg --armor --export FINGERPRINT",
            )  # fmt: skip
        for primary in self._gather(data, scratch, file):
            self._in_use[primary][str(file)] = None

    def _gather(self, data: bytes, scratch: Path, place: Path) -> tuple[str, ...]:
        """Import them, and give the primaries that arrived; what gpg leaves out is said. BadInput for what holds no key at all."""
        self.read[str(place)] = None
        if not data:
            return ()
        imported = Gpg(scratch).run(["--import"], stdin=data, timeout_s=_PATIENCE_S)
        arrived = tuple(dict.fromkeys(one.fields[1] for one in imported.status if one.keyword == "IMPORT_OK"))
        try:
            named = {key.openpgp for key in read_keys(data, SecretRef("id:keyring"))}
        except IrkitError as error:
            if not arrived:
                raise BadInput(
                    "this holds no OpenPGP key that can be read", on=place, do="give exported public keys"
                ) from None
            self.skip(place, f"whether gpg left keys of it out is not known: {error}")
            return arrived
        for missing in sorted(named.difference(arrived)):
            self.skip(place, f"gpg does not read the key {missing}: it has no user id, or no self-signature that holds")
        return arrived

    def seen(self, scratch: Path) -> Mapping[str, SeenKey]:
        wanted = self._asked | self._in_use.keys()
        entries = [one for one in list_ring(scratch) if one.primary.fingerprint in wanted]
        hashes = self_signature_hashes(scratch, [one.primary.fingerprint for one in entries])
        return {one.primary.fingerprint: self._seen_key(one, hashes) for one in entries}

    def _seen_key(self, entry: RingEntry, hashes: Mapping[str, tuple[str, ...]]) -> SeenKey:
        name = entry.primary.fingerprint
        return SeenKey(
            _part(entry.primary, hashes),
            tuple(_part(key, hashes) for key in entry.subkeys),
            tuple(map(shown, entry.user_ids)),
            tuple(self._secrets.get(name, ())),
            tuple(self._in_use.get(name, ())),
        )


def _part(key: RingKey, hashes: Mapping[str, tuple[str, ...]]) -> SeenPart:
    return SeenPart(
        key.fingerprint,
        key.algorithm,
        frozenset(_words(key.usage)),
        key.created or datetime.fromtimestamp(0, UTC),
        key.expires,
        key.revoked,
        hashes.get(key.fingerprint, ()),
        key.validity != "i",
    )


def _words(letters: str) -> Iterable[str]:
    return (_WORDS[letter] for letter in letters if letter in _WORDS)
