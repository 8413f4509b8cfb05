"""What leaked, read from bytes or from a gpg home: which keys, which secret parts, how they are locked. Nothing is imported."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from irkit.errors import BadInput, IrkitError
from irkit.model import OpenPgpKey, OpenPgpSubkey, SecretRef
from irkit.openpgp.keyblock import KEY_REVOCATION, read_keys
from irkit.openpgp.leaked.agent import AgentKey, packet_number
from irkit.openpgp.leaked.found import Leaked, LeakedKey, LooseSecret, Unread
from irkit.openpgp.leaked.pieces import Packet, Piece, pieces
from irkit.openpgp.packets import (
    KEY_TAGS,
    PUBLIC_KEY,
    SECRET_KEY,
    SIGNATURE,
    all_packets,
    joined,
    key_packet,
    signature_packet,
)
from irkit.openpgp.revocations import Revocation, revocations_of

_RINGS = ("pubring.kbx", "pubring.gpg", "secring.gpg")
_AGENT = "private-keys-v1.d"
_KEYBOXD = "public-keys.d/pubring.db"
_LARGEST = 64 * 1024 * 1024  # bytes of one file in a home


def leaked(data: bytes, ref: SecretRef, path: Path | None = None) -> Leaked:
    """What keys are in these bytes, in whatever wrapping. BadInput when there is nothing of the kind.

    With the `path` of a key file in a gpg home, the rings of that home say which key it is of.
    """
    gathered = _Gathered(ref)
    for piece in pieces(data):
        gathered.add(piece, path.name if path else str(ref))
    result = gathered.result()
    if not (result.keys or result.loose or result.unread):
        raise BadInput(
            "this holds no OpenPGP key", on=ref,
            do="give a key block, a key ring, a .gnupg folder, a key file of gpg-agent, or base64 of one of them",
        )  # fmt: skip
    if result.loose and path is not None and path.resolve().parent.name == _AGENT:
        return _named_by(path.resolve().parent.parent, gathered) or result
    return result


def _named_by(home: Path, gathered: _Gathered) -> Leaked | None:
    for ring in (path for path in _home_files(home) if path.name in _RINGS):
        with contextlib.suppress(OSError):
            for piece in pieces(_content(ring)):
                gathered.add(replace(piece, faults=()), f"../{ring.name}")
    named = gathered.result()
    return None if named.loose else replace(named, keys=named.with_secrets or named.keys)


def leaked_home(home: Path, ref: SecretRef) -> Leaked:
    """What keys are in a gpg home: its rings, the agent's key files, and the revocation certificates put aside.

    A folder of the agent's key files alone is read as well. BadInput when the folder holds neither.
    """
    gathered = _Gathered(ref)
    files = _home_files(home)
    if not files:
        inner = home / ".gnupg"
        raise BadInput(
            "this folder is no gpg home", on=home, why="it has no pubring.kbx, pubring.gpg, secring.gpg or private-keys-v1.d",
            do=f"give file:{inner}" if inner.is_dir() else "name the folder that holds one of them, or one key file",
        )  # fmt: skip
    for path in files:
        name = str(path.relative_to(home))
        try:
            data = _content(path)
        except OSError as error:
            gathered.unread.append(Unread(name, error.strerror or type(error).__name__))
            continue
        if path.suffix == ".rev":
            gathered.certificate(data, name)
            continue
        found = pieces(data) if data else ()
        if not found and data:
            gathered.unread.append(Unread(name, "it is no key ring and no key"))
        for piece in found:
            gathered.add(piece, name)
    if (home / _KEYBOXD).is_file():
        gathered.unread.append(Unread(_KEYBOXD, "a keyboxd database is not read: give an export of it (gpg --export)"))
    return gathered.result()


def _home_files(home: Path) -> list[Path]:
    rings = [home / name for name in _RINGS if (home / name).is_file()]
    agents = sorted((home / _AGENT).glob("*.key")) or sorted(home.glob("*.key"))
    return [*rings, *agents, *sorted((home / "openpgp-revocs.d").glob("*.rev"))]


def _content(path: Path) -> bytes:
    if path.stat().st_size > _LARGEST:
        raise OSError(0, "it is larger than 64 MiB")
    return path.read_bytes()


@dataclass
class _Gathered:
    """Everything found so far, while it is being put together."""

    ref: SecretRef
    forms: dict[str, None] = field(default_factory=dict)
    keys: dict[str, LeakedKey] = field(default_factory=dict)
    numbers: dict[bytes, list[tuple[str, str]]] = field(default_factory=dict)
    agents: list[tuple[AgentKey, str]] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    certificates: list[tuple[str, str]] = field(default_factory=list)

    def add(self, piece: Piece, place: str) -> None:
        self.forms[piece.form] = None
        self.unread += (Unread(place, fault) for fault in piece.faults)
        if piece.agent:
            self.agents.append((piece.agent, place))
        for part in _keys_of(piece.packets):
            try:
                (key,) = read_keys(joined(part), self.ref)
            except (IrkitError, ValueError) as error:
                self.unread.append(Unread(place, str(error)))
                continue
            self._remember(part, key.openpgp)
            self._merge(LeakedKey(key, revocations_of(part), (place,)))
        orphans = [
            key_packet(tag, body).fingerprint for tag, body in _before_a_primary(piece.packets) if tag in KEY_TAGS
        ]
        self.unread += (Unread(place, f"a subkey without its primary key: {name}") for name in orphans)

    def certificate(self, data: bytes, place: str) -> None:
        """A `.rev` file; gpg puts a colon before its dashes, so that nobody imports it by mistake."""
        start = data.find(b"-----BEGIN PGP")
        try:
            found = [signature_packet(body) for tag, body in all_packets(data[max(start, 0) :]) if tag == SIGNATURE]
        except IrkitError as error:
            self.unread.append(Unread(place, str(error)))
            return
        self.certificates += ((one.issuer, place) for one in found if one.kind == KEY_REVOCATION)

    def _remember(self, part: Sequence[Packet], primary: str) -> None:
        for tag, body in part:
            number = packet_number(body) if tag in KEY_TAGS else b""
            if number:
                self.numbers.setdefault(number, []).append((primary, key_packet(tag, body).fingerprint))

    def _merge(self, new: LeakedKey) -> None:
        old = self.keys.get(new.key.openpgp)
        self.keys[new.key.openpgp] = _merged(old, new) if old else new

    def result(self) -> Leaked:
        loose = [one for agent, place in self.agents if (one := self._matched(agent, place))]
        for issuer, place in self.certificates:
            owners = [name for name in self.keys if issuer and (name.endswith(issuer) or name.startswith(issuer))]
            for name in owners:
                owner = self.keys[name]
                self.keys[name] = replace(owner, certificates=(*owner.certificates, place))
            if not owners:
                self.unread.append(
                    Unread(place, f"a revocation certificate of a key that is not here: {issuer or 'unnamed'}")
                )
        return Leaked(tuple(self.forms), tuple(self.keys.values()), tuple(loose), tuple(dict.fromkeys(self.unread)))

    def _matched(self, agent: AgentKey, place: str) -> LooseSecret | None:
        """Put an agent's key where its public numbers belong; what belongs nowhere is given back."""
        belongs = self.numbers.get(agent.number, ())
        for primary, fingerprint in dict.fromkeys(belongs):
            one = self.keys[primary]
            keys = tuple(
                replace(packet, secret=agent.secret, protection=agent.protection)
                if packet.fingerprint == fingerprint and packet.secret in ("absent", "stub")
                else packet
                for packet in one.key.keys
            )
            self.keys[primary] = replace(
                one, key=replace(one.key, keys=keys), places=tuple(dict.fromkeys((*one.places, place)))
            )
        stem = Path(place).stem.upper()
        grip = agent.keygrip or (stem if len(stem) == 40 and set(stem) <= set("0123456789ABCDEF") else "")
        return None if belongs else LooseSecret(grip, agent.algorithm, agent.secret, agent.protection, place)


def _merged(old: LeakedKey, new: LeakedKey) -> LeakedKey:
    """One key found twice, as public and as secret key perhaps: of each packet the worse state stands."""
    worst = {"absent": 0, "stub": 1, "protected": 2, "cleartext": 3}
    packets: dict[str, OpenPgpSubkey] = {one.fingerprint: one for one in old.key.keys}
    for one in new.key.keys:
        before = packets.get(one.fingerprint, one)
        worse = one if worst[one.secret] > worst[before.secret] else before
        packets[one.fingerprint] = replace(worse, usage=before.usage if before.usage is not None else one.usage)
    names = tuple(dict.fromkeys((*old.key.user_ids, *new.key.user_ids)))
    key: OpenPgpKey = replace(old.key, keys=tuple(packets.values()), user_ids=names)
    revocations: tuple[Revocation, ...] = tuple(dict.fromkeys((*old.revocations, *new.revocations)))
    return LeakedKey(key, revocations, tuple(dict.fromkeys((*old.places, *new.places))))


def _keys_of(packets: Iterable[Packet]) -> Iterator[tuple[Packet, ...]]:
    """The packets of each primary key with all that follows it."""
    part: list[Packet] = []
    for packet in packets:
        if packet[0] in (PUBLIC_KEY, SECRET_KEY):
            if part:
                yield tuple(part)
            part = [packet]
        elif part:
            part.append(packet)
    if part:
        yield tuple(part)


def _before_a_primary(packets: Iterable[Packet]) -> Iterator[Packet]:
    for packet in packets:
        if packet[0] in (PUBLIC_KEY, SECRET_KEY):
            return
        yield packet
