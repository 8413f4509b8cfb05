"""Records from before the exposure: what others, or we ourselves, knew of the artifacts then. One short reader a format. Pure.

A record proves something only by who kept it and since when; that is not in its text, and is for `irkit.resign.judging` to weigh.
"""

from __future__ import annotations

from irkit.errors import BadInput
from irkit.resign.records import apt_packages, apt_release, git_refs, rpm, services, sums
from irkit.resign.records.entry import Entry, Record, plain

__all__ = ["Entry", "Record", "plain", "read_record"]

_LOOKED_AT = 200
_BY_LINES = (
    (sums.matches, sums.read),
    (rpm.matches_headers, rpm.read_headers),
    (git_refs.matches, git_refs.read),
    (apt_packages.matches, apt_packages.read),
    (apt_release.matches, apt_release.read),
)


def read_record(text: str) -> Record:
    """A record of any format known here, told by its content.

    Digest lists (SHA256SUMS, SHA512SUMS, BSD), git refs, apt `Packages`, `Sources` and `Release`, rpm `primary.xml` and lists of header
    digests, answers of PyPI, of GitHub releases and of Rekor, pushes and CI runs as a code host recorded them.

    BadInput when it is none of them.
    """
    head = text.lstrip("\ufeff \t\r\n")[:1]
    if head in ("{", "["):
        found = services.read(text)
        if found is not None:
            return found
    elif head == "<" and "http://linux.duke.edu/metadata/common" in text[:4096]:
        return rpm.read_primary(text)
    else:
        lines = sums.without_armor(text).splitlines()[:_LOOKED_AT]
        for matches, read in _BY_LINES:
            if matches(lines):
                return read(text)
    if not text.strip():
        return Record("empty", ())
    raise BadInput(
        "this is no record of digests that is known", on=f"{text[:40]!r}",
        do="give SHA256SUMS, git ls-remote, an apt or rpm index, or an answer of PyPI, GitHub or Rekor",
    )  # fmt: skip
