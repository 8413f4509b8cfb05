"""The transition statement: what changed, why, from when, and how anybody can check it. Pure.

It is signed by the new key and by people whom its readers know. A word by the old key would count for nothing: whoever stole it could
have written the same, naming another successor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from irkit.show import Facts, Notice, Prose, Table, View
from irkit.show.plain import visible

SCHEMA = "irkit-transition-statement/1"


@dataclass(frozen=True)
class Listed:
    """One artifact: its path, its kind, its digest (`sha256:...`, `git-tag:...`), and why it stands where it does."""

    path: str
    kind: str
    digest: str
    why: str = ""


@dataclass(frozen=True)
class KeyNamed:
    """A key as readers know it: fingerprint, user ids, when it lapses (ISO 8601, "never", or "" when not known)."""

    fingerprint: str
    user_ids: tuple[str, ...] = ()
    expires: str = ""


@dataclass(frozen=True)
class Statement:
    """All it says. Times are ISO 8601 in UTC with Z, "unknown" where nobody knows; `required` is how many people must sign it.

    The exposure began after `exposed_since` and before `exposed_by`. `resigned` holds as well what was signed through an index that
    lists it. `subkeys` are those that leaked where the primary did not. `unrevokable` is why the old key cannot be revoked, "" where it is.
    """

    title: str
    made_at: str
    old: KeyNamed
    new: KeyNamed
    exposed_since: str
    exposed_why: str
    revoked_at: str
    reason: str
    resigned: tuple[Listed, ...]
    withdrawn: tuple[Listed, ...]
    published: tuple[str, ...] = ()
    vouchers: tuple[tuple[str, str], ...] = ()
    required: int = 1
    subkeys: tuple[str, ...] = field(default=())
    exposed_by: str = "unknown"
    unrevokable: str = ""

    @property
    def exposed(self) -> str:
        """Since when, no more exactly than is known."""
        since, by = self.exposed_since, self.exposed_by
        if "unknown" not in (since, by):
            return since if since == by else f"some time between {since} and {by}"
        if since != "unknown":
            return f"unknown; not before {since}"
        return f"unknown; seen by {by}" if by != "unknown" else "unknown"

    @property
    def revoked(self) -> str:
        """When and as what, or that it cannot be."""
        if self.unrevokable:
            return f"no, and it cannot be: {self.unrevokable}"
        return f"{self.revoked_at} ({self.reason})" if self.reason else self.revoked_at

    @property
    def warning(self) -> str:
        who = "the leaked subkeys" if self.subkeys else "the old key"
        return f"Every signature by {who}, whatever its date says, proves nothing."

    def document(self) -> dict[str, Any]:
        """Machine-readable, with the schema's name; the same facts as the text."""
        return {
            "schema": SCHEMA,
            "title": self.title,
            "made_at": self.made_at,
            "old_key": {
                "fingerprint": self.old.fingerprint,
                "user_ids": list(self.old.user_ids),
                "revoked_subkeys": list(self.subkeys),
            },
            "new_key": {
                "fingerprint": self.new.fingerprint,
                "user_ids": list(self.new.user_ids),
                "expires": self.new.expires,
            },
            "exposed_since": self.exposed_since,
            "exposed_by": self.exposed_by,
            "exposed_why": self.exposed_why,
            "revoked_at": self.revoked_at,
            "reason": self.reason,
            "cannot_be_revoked": self.unrevokable,
            "published": list(self.published),
            "vouchers": [{"who": who, "fingerprint": key} for who, key in self.vouchers],
            "vouchers_required": self.required,
            "resigned": [_document(one) for one in self.resigned],
            "withdrawn": [_document(one) for one in self.withdrawn],
        }

    def text(self) -> str:
        """What is signed: plain text, one artifact a line as `sha256sum --check` reads it where the digest is a file's."""
        return "\n".join((*self._front(), *self._lists())) + "\n"

    def _front(self) -> list[str]:
        old, new = _spaced(self.old.fingerprint), _spaced(self.new.fingerprint)
        lines = [visible(self.title), "=" * len(visible(self.title)), "", f"Made at:  {self.made_at}", ""]
        lines += [
            *_heading("What happened"),
            "",
            f"The private part of this key is in other hands, or may be: {visible(self.exposed_why)}.",
            "",
        ]
        lines += [f"    {old}", *(f"    {visible(name)}" for name in self.old.user_ids)]
        lines += [
            "",
            f"Exposed since:  {self.exposed}",
            f"Revoked:        {visible(self.revoked)}",
            "",
        ]
        if self.unrevokable:
            lines += ["Programs that hold it go on accepting what it signs. Only taking it out of them ends that.", ""]
        if self.subkeys:
            lines += ["Only these subkeys of it leaked and were revoked; the primary key stays:", ""]
            lines += [*(f"    {_spaced(key)}" for key in self.subkeys), "", self.warning, ""]
        else:
            lines += [
                "Every signature by it, whatever its date says, proves nothing: its holder can date one as they like.",
                "",
            ]
        lines += [
            *_heading("What takes its place"),
            "",
            f"    {new}",
            *(f"    {visible(name)}" for name in self.new.user_ids),
        ]
        lines += [f"    expires: {visible(self.new.expires) or 'unknown'}", ""]
        if self.published:
            lines += ["Published at:", "", *(f"    {visible(place)}" for place in self.published), ""]
        return [*lines, *self._checking()]

    def _checking(self) -> list[str]:
        lines = [*_heading("How to check this"), ""]
        lines += [
            "1. Get the new key from two places that do not share a server, and compare its fingerprint with the one above.",
            f"2. gpg --verify statement.txt.asc statement.txt   must say a good signature by {self.new.fingerprint}.",
            f"3. At least {self.required} of these people have signed it as well (statement.txt.FINGERPRINT.asc). Check with a key",
            "   of theirs that you had before:", "",
            *(f"    {key}  {visible(who)}" for who, key in self.vouchers), "",
            f"4. Take the old key out of every key ring: {self._still_taken}",
            "5. The lists below are read by: sha256sum --check --ignore-missing statement.txt", "",
        ]  # fmt: skip
        return lines

    @property
    def _still_taken(self) -> str:
        if self.unrevokable:
            return "it is not revoked, and nothing else makes a program refuse it."
        return "many programs accept its signatures although it is revoked."

    def _lists(self) -> list[str]:
        lines = [
            *_heading(f"Signed anew ({len(self.resigned)})"),
            "",
            "Each file, package, tag and commit is proven unchanged since before the exposure, and is signed with the new key or",
            "listed in an index that is. An index (SHA256SUMS, Release, repomd.xml) is made anew: what it lists is proven, one by one.",
            "",
        ]
        lines += [_line(one) for one in self.resigned]
        lines += [
            "",
            *_heading(f"Withdrawn ({len(self.withdrawn)})"),
            "",
            "Nobody vouches for these. Do not use them; delete copies.",
            "",
        ]
        lines += [
            f"withdrawn {visible(one.digest)}  {visible(one.path)}" for one in self.withdrawn
        ]  # never a line that sha256sum calls good
        return lines

    def view(self) -> View:
        """The same for a page."""
        rows = [(one.path, one.kind, one.digest) for one in self.resigned]
        gone = [(one.path, one.kind, one.digest, one.why) for one in self.withdrawn]
        facts = Facts(
            (
                ("Old key, not to be trusted", self.old.fingerprint),
                ("New key", self.new.fingerprint),
                ("New key's user ids", ", ".join(self.new.user_ids) or None),
                ("New key expires", self.new.expires or None),
                *((("Leaked subkeys, the rest stays", ", ".join(self.subkeys)),) if self.subkeys else ()),
                ("Exposed since", self.exposed),
                ("Revoked", self.revoked),
                ("Made at", self.made_at),
            )
        )
        return View(
            self.title,
            (
                Notice("bad", self.warning),
                facts,
                Prose((f"Why: {self.exposed_why}.", *(line.strip() for line in self._checking()[3:] if line.strip()))),
                Table.of(("Artifact", "Kind", "Digest"), rows, f"Signed anew: {len(rows)}", most=500),
                Table.of(("Artifact", "Kind", "Digest", "Why"), gone, f"Withdrawn: {len(gone)}", most=500),
            ),
        )


def _document(one: Listed) -> dict[str, str]:
    return {"path": one.path, "kind": one.kind, "digest": one.digest} | ({"why": one.why} if one.why else {})


def _line(one: Listed) -> str:
    algorithm, _, digest = one.digest.partition(":")
    path = visible(one.path)
    return f"{digest}  {path}" if algorithm == "sha256" else f"{visible(one.digest)}  {path}"


def _heading(text: str) -> list[str]:
    return [text, "-" * len(text)]


def _spaced(fingerprint: str) -> str:
    """In groups of four, as people compare them."""
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))


def listed(path: str, kind: str, sha256: str | None, content: Sequence[tuple[str, str]], why: str = "") -> Listed:
    """An artifact by its best digest: of its bytes, else of what signing again leaves as it is."""
    if sha256:
        return Listed(path, kind, f"sha256:{sha256}", why)
    name, digest = next(iter(content), ("unknown", ""))
    return Listed(path, kind, f"{name}:{digest}", why)
