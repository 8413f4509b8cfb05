"""Judges each artifact by records from before the exposure. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from irkit.model import Artifact, Instant, OpenPgpKey, Trust, Window, iso
from irkit.resign.records import plain


@dataclass(frozen=True)
class KnownDigest:
    """One line of a record kept elsewhere. `instant` is when the record stood so, and its trust says who could have chosen that.

    `sha256` is the digest by `algorithm`: "sha256" of the file, or a name of `Artifact.content` ("sha512", "git-tag", "git-target",
    "git-commit", "rpm-header", "rpm-payload", "apt-release"). `repository` (None: any) narrows it to the tags and commits of one.
    """

    path: str
    sha256: str
    source: str
    instant: Instant
    algorithm: str = "sha256"
    repository: str | None = None


class Judgement(StrEnum):
    """TRUSTED: proven unchanged since before the exposure. UNPROVEN: nothing speaks for or against it. SUSPECT: what speaks
    for it could be forged, or speaks against it. ALTERED: it differs from what a record from before the exposure holds."""

    TRUSTED = "trusted"
    UNPROVEN = "unproven"
    SUSPECT = "suspect"
    ALTERED = "altered"


@dataclass(frozen=True)
class Judged:
    """An artifact, what is thought of it, and why in words."""

    artifact: Artifact
    judgement: Judgement
    why: str


def judge(
    artifacts: Iterable[Artifact], known: Iterable[KnownDigest], window: Window, key: OpenPgpKey
) -> tuple[Judged, ...]:
    """Judge each artifact by the digests known for its very path, and by nothing else.

    Paths are compared whole, relative to the release folder. A file name alone would let `old/app.tar.gz` vouch for
    `new/app.tar.gz`: two files of one name are two files. Like is compared with like: a file's digest with a file's, an rpm's header
    with its header, a tag's object with the object.
    """
    by_path: dict[str, list[KnownDigest]] = {}
    for one in known:
        by_path.setdefault(plain(one.path), []).append(one)
    opened, unbounded = _opened(window)
    return tuple(
        _judge_one(
            artifact,
            [one for one in by_path.get(plain(artifact.path), []) if one.repository in (None, artifact.repository)],
            opened,
            unbounded,
            window,
            key,
        )
        for artifact in artifacts
    )


def _opened(window: Window) -> tuple[Instant | None, str]:
    """Before when the key was surely not exposed; None and the reason when that is not known."""
    earliest = window.opened.earliest
    if earliest is None:
        return None, "nothing says since when the key was exposed, so no record is old enough to prove anything"
    if earliest.forgeable:
        return (
            None,
            f"the start of the exposure ({earliest}, {earliest.source}) could have been chosen by an author, so no time proves anything",
        )
    return earliest, ""


def _judge_one(
    artifact: Artifact,
    known: Sequence[KnownDigest],
    opened: Instant | None,
    unbounded: str,
    window: Window,
    key: OpenPgpKey,
) -> Judged:
    """In this order: is there a file; does a sound record differ; does one agree; what else speaks; does anything."""
    if artifact.sha256 is None and not artifact.content:
        return Judged(
            artifact, Judgement.UNPROVEN, "there is a signature and no such file that could be read: nothing to compare"
        )
    like = [one for one in known if one.algorithm in _digests(artifact)]
    proving = [one for one in like if opened and _proves(one.instant, opened)]
    if fault := _payload_fault(artifact, proving):
        told = [one for one in proving if one.algorithm == "rpm-header" and _same(one, artifact)]
        proving = [one for one in proving if one not in told]
        if told and not proving:
            return _judge_header_alone(artifact, told, fault)
    told = [one for one in proving if one.algorithm in LASTING] or proving
    sound, before = _newest(told)
    weak = [one for one in like if one not in proving]
    differs = [one for one in sound if not _same(one, artifact)]
    if differs:
        agree = ""
        if len(differs) < len(sound):
            agree = "; another such record agrees with it, so the records contradict each other"
        elif older := [one for one in before if _same(one, artifact)]:
            agree = f"; it is what stood in {_cited(older)}, before that"
        return Judged(
            artifact, Judgement.ALTERED, f"it differs from {_cited(differs)}, from before the exposure{agree}"
        )
    if sound:
        alone = (
            "; of the tag's own text (who made it, when, its message) no record tells"
            if _target_alone(artifact, sound)
            else ""
        )
        older = [one for one in before if not _same(one, artifact)]
        was = f"; until then it was another one ({_cited(older)})" if older else ""
        return Judged(
            artifact,
            Judgement.TRUSTED,
            f"the same digest stands in {_cited(sound)}, from before the exposure{was}{alone}",
        )
    if weak:
        return _judge_weakly(artifact, weak, opened, unbounded)
    other = ", ".join(dict.fromkeys(one.algorithm for one in known))
    return _judge_unknown(artifact, other, unbounded, window, key)


def _newest(told: Sequence[KnownDigest]) -> tuple[list[KnownDigest], list[KnownDigest]]:
    """What stood last before the exposure, of each algorithm, and what stood there before that: a branch's index, a list of digests and
    a tag that moves are made anew in the ordinary course of things, and what counts is that nothing changed since the last of it."""
    last = {one.algorithm: max(each.instant.at for each in told if each.algorithm == one.algorithm) for one in told}
    newest = [one for one in told if one.instant.at + timedelta(seconds=one.instant.precision_s) >= last[one.algorithm]]
    return newest, [one for one in told if one not in newest]


def _payload_fault(artifact: Artifact, proving: Sequence[KnownDigest]) -> str:
    """Why the header of an rpm does not speak for its payload; "" when it does, or a record knows the payload itself."""
    if any(one.algorithm == "rpm-payload" for one in proving):
        return ""
    return next((fault for fault in (OTHER_PAYLOAD, UNNAMED_PAYLOAD) if fault in artifact.verdict), "")


def _judge_header_alone(artifact: Artifact, told: Sequence[KnownDigest], fault: str) -> Judged:
    """A record of the header says what the payload was only through the digest that the header names."""
    altered = fault == OTHER_PAYLOAD
    return Judged(
        artifact,
        Judgement.ALTERED if altered else Judgement.UNPROVEN,
        f"its header stands in {_cited(told)}, from before the exposure, {'and' if altered else 'but'} {fault}",
    )


def _target_alone(artifact: Artifact, sound: Sequence[KnownDigest]) -> bool:
    """Whether what proves an annotated tag knows what it leads to, and not the tag."""
    content = dict(artifact.content)
    return (
        artifact.kind == "git-tag"
        and content.get("git-tag") != content.get("git-target")
        and all(one.algorithm == "git-target" for one in sound)
    )


def _proves(instant: Instant, opened: Instant) -> bool:
    """Kept by others or by us at the time, and surely earlier, given how exact both clocks are."""
    latest = instant.at + timedelta(seconds=instant.precision_s)
    return instant.trust in (Trust.INDEPENDENT, Trust.OURS) and latest <= opened.at


def _judge_weakly(artifact: Artifact, weak: Sequence[KnownDigest], opened: Instant | None, unbounded: str) -> Judged:
    against = [one for one in weak if not _same(one, artifact)]
    if against:
        return Judged(artifact, Judgement.SUSPECT, f"it differs from {_cited(against)}, which by itself proves nothing")
    if unbounded:
        return Judged(artifact, Judgement.UNPROVEN, f"the same digest stands in {_cited(weak)}, but {unbounded}")
    stated = [one for one in weak if one.instant.trust is Trust.STATED and opened and one.instant.at < opened.at]
    if stated:
        return Judged(
            artifact,
            Judgement.UNPROVEN,
            f"the same digest stands in {_cited(stated)}, but only somebody's word says when",
        )
    settable = [one for one in weak if one.instant.forgeable]
    why = "whose date could have been chosen" if len(settable) == len(weak) else "which is not from before the exposure"
    return Judged(artifact, Judgement.SUSPECT, f"the only record of this digest is {_cited(weak)}, {why}")


def _judge_unknown(artifact: Artifact, other: str, unbounded: str, window: Window, key: OpenPgpKey) -> Judged:
    """No record at all, or none of the same kind. The date of its own signature can speak against it, never for it."""
    missing = "no record from before the exposure knows this path"
    if other:
        missing = f"the records that know this path hold {other}, which is not known of what is here"
    if unbounded:
        missing += f", and {unbounded}"
    if artifact.signature_path is None:
        return Judged(artifact, Judgement.UNPROVEN, f"{missing}; it bears no signature")
    if signed_by(artifact, key) is False:
        return Judged(
            artifact, Judgement.UNPROVEN, f"{missing}; its signature names no known (sub)key of the leaked key"
        )
    at = artifact.signed_at
    if at is not None and not unbounded and window.contains(at) is not False:
        return Judged(
            artifact,
            Judgement.SUSPECT,
            f"{missing}, and its signature says {iso(at)}, when the key may have been in other hands",
        )
    said = f" ({iso(at)})" if at else ""
    return Judged(
        artifact, Judgement.UNPROVEN, f"{missing}; the date of its signature{said} was set by whoever held the key"
    )


def signed_by(artifact: Artifact, key: OpenPgpKey) -> bool | None:
    """Whether the signature names the leaked key. None: it names nobody, or the key's subkeys are not known."""
    issuer = artifact.issuer
    if artifact.primary == key.openpgp:
        return True
    if artifact.verdict in FOREIGN:
        return False
    if not issuer:
        return None
    if any(
        name.endswith(issuer) or name.startswith(issuer)
        for name in (key.openpgp, *(sub.fingerprint for sub in key.keys))
    ):
        return True
    return False if key.keys else None


FOREIGN = ("ssh signature", "x509 signature")
"""Verdicts on signatures that no OpenPGP key can have made."""


MISSING = "listed, missing"
"""The verdict on what an index lists and the release does not hold."""


DIFFERS = "listed, digest differs"
"""The verdict on a file that is another than the one that an index lists."""


APART = "Release and InRelease differ"
OTHER_PAYLOAD = "the payload is not the one its header names"
UNNAMED_PAYLOAD = "its header names no payload"
"""What the verdict on an apt release and on an rpm may hold beside the rest."""


LASTING = ("rpm-header", "rpm-payload", "apt-release")
"""Digests that signing anew leaves as they are: where a record has one, it is not asked whether the whole file is the same."""


def _digests(artifact: Artifact) -> dict[str, str]:
    """By algorithm. Records know of a tag what it leads to in the end."""
    found = ({"sha256": artifact.sha256} if artifact.sha256 else {}) | dict(artifact.content)
    return found | ({"git-target": found["git-peeled"]} if "git-peeled" in found else {})


def _same(known: KnownDigest, artifact: Artifact) -> bool:
    return known.sha256.lower() == _digests(artifact).get(known.algorithm, "").lower()


def _cited(known: Sequence[KnownDigest]) -> str:
    cited = dict.fromkeys(f"{one.source} of {iso(one.instant.at)}" for one in known)
    return " and ".join(cited)
