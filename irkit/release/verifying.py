"""An inventory with verdicts: each signature checked by the certificates at hand, over the very bytes it is for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from irkit.errors import IrkitError
from irkit.model import Artifact, Skipped
from irkit.openpgp.checking import check
from irkit.openpgp.cleartext import whole
from irkit.openpgp.keyblock import read_signatures
from irkit.openpgp.packets import SignatureInfo
from irkit.openpgp.streamed import Asked
from irkit.openpgp.verdicts import Verdict
from irkit.release import rows
from irkit.release.carried import in_commit, in_tag, merged_tags
from irkit.release.git import whole_objects
from irkit.release.inventory import Inventory
from irkit.sources.git import repository_at
from irkit.sources.git.run import object_format

_WITHIN = (
    "git-tag",
    "git-commit",
    "git-mergetag",
    "clearsigned",
    "manifest",
    "apt-inrelease",
    "apt-dsc",
    "apt-changes",
    "apt-buildinfo",
)


def verified(inventory: Inventory, certificates: Iterable[bytes], folder: Path = Path()) -> Inventory:
    """The same rows, each with what its signature is worth: "good", "bad", "revoked key", "expired key", "unknown key", ...

    `issuer` and `primary` become fingerprints where a certificate knows the key. Paths of files are relative to `folder`. A row without
    a readable OpenPGP signature, or without the file it is for, stays as it is. "good by gpg, refused by Sequoia" is what weak
    algorithms get. BadInput when a certificate cannot be read.
    """
    skipped: list[Skipped] = []
    wanted = [row for row in inventory.artifacts if _checkable(row)]
    asked: list[tuple[Artifact, Asked]] = []
    for repository in dict.fromkeys(row.repository for row in wanted if row.repository):
        asked += _in_repository(Path(repository), [row for row in wanted if row.repository == repository], skipped)
    asked += _in_files(folder, [row for row in wanted if not row.repository], skipped)
    answers = check([one for _row, one in asked], tuple(certificates))
    told = {id(row): answer for (row, _asked), answer in zip(asked, answers, strict=True)}
    done = tuple(_told(row, told.get(id(row))) for row in inventory.artifacts)
    return Inventory(done, inventory.trusted_in, (*inventory.skipped, *skipped))


def _told(row: Artifact, answer: Verdict | None) -> Artifact:
    if answer is None:
        return replace(row, verdict=rows.NOT_CHECKED) if _checkable(row) else row
    word = rows.NOT_CHECKED if answer.reason == "error" else answer.reason
    return replace(row, verdict=word, issuer=answer.issuer or row.issuer, primary=answer.primary or row.primary)


def _checkable(row: Artifact) -> bool:
    """A signature that was read, with what it is for. Those within a package are for the reader of its format to check."""
    apart = row.signature_path != row.path or row.kind in _WITHIN
    return row.signature_path is not None and apart and row.verdict.startswith(rows.NOT_VERIFIED)


def _in_repository(path: Path, wanted: Sequence[Artifact], skipped: list[Skipped]) -> list[tuple[Artifact, Asked]]:
    repository = repository_at(path)
    if repository is None:
        skipped.append(Skipped(str(path), "it is no longer a git repository, so its signatures were not checked"))
        return []
    by_object: dict[str, list[Artifact]] = {}
    for row in wanted:
        by_object.setdefault(dict(row.content)["git-tag" if row.kind == "git-tag" else "git-commit"], []).append(row)
    asked = []
    known_as = object_format(repository)
    for oid, data in whole_objects(repository, list(by_object), skipped):
        for kind, carried in (
            ("git-tag", [in_tag(data)]),
            ("git-commit", [in_commit(data, known_as)]),
            ("git-mergetag", [in_tag(tag) for tag in merged_tags(data)]),
        ):
            of_kind = [row for row in by_object[oid] if row.kind == kind]
            found = [(one.signature, one.payload) for one in carried if one] if of_kind else []
            pairs = [(packet, payload) for signature, payload in found for packet in _signatures(signature)]
            for name in dict.fromkeys(row.path for row in of_kind):  # several refs may name one tag
                asked += _matched([row for row in of_kind if row.path == name], pairs)
    return asked


def _in_files(folder: Path, wanted: Sequence[Artifact], skipped: list[Skipped]) -> list[tuple[Artifact, Asked]]:
    """A listed file is signed through its manifest, which stands in the inventory by itself."""
    manifests = {row.signature_path: row.path for row in wanted if row.kind == "manifest"}
    groups: dict[tuple[str, str], list[Artifact]] = {}
    for row in wanted:
        signature = row.signature_path or ""
        path = manifests.get(signature, signature) if row.kind == "listed" else row.path
        groups.setdefault((path, signature), []).append(row)
    asked = []
    for (path, signature), of_file in groups.items():
        try:
            data = (folder / signature).read_bytes()
        except OSError as error:
            skipped.append(Skipped(signature, f"cannot be read: {error.strerror}"))
            continue
        frame = whole(data) if path == signature else None
        signed = _small(folder / path) if path != signature else frame.signed if frame else None
        packets = [(packet, signed) for packet in _signatures(data)] if signed is not None else []
        for kind in {row.kind == "listed" for row in of_file}:
            same = [row for row in of_file if (row.kind == "listed") is kind]
            for name in dict.fromkeys(row.path for row in same):
                asked += _matched([row for row in same if row.path == name], packets)
    return asked


def _small(path: Path) -> bytes | Path:
    """Small files as bytes: many of them are then checked in one go."""
    try:
        return path.read_bytes() if path.stat().st_size < 1 << 16 else path
    except OSError:
        return path


def _signatures(data: bytes) -> tuple[SignatureInfo, ...]:
    try:
        return read_signatures(data)
    except IrkitError:
        return ()


def _matched(
    wanted: Sequence[Artifact], found: Sequence[tuple[SignatureInfo, bytes | Path]]
) -> list[tuple[Artifact, Asked]]:
    """Each row with the signature it was made from: two of one issuer, date and digest are taken in their order."""
    left = list(found)
    asked = []
    for row in wanted:
        for at, (packet, data) in enumerate(left):
            if (packet.issuer or None, packet.created, packet.hash_algorithm) == (
                row.issuer, row.signed_at, row.digest_algorithm,
            ):  # fmt: skip
                asked.append((row, Asked(packet, data)))
                del left[at]
                break
    return asked
