"""Records from before the exposure, and manifests: SHA256SUMS, Release, Packages, primary.xml, refs, answers of services."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from irkit.openpgp import cleartext
from irkit.release.manifests import lines_of, read_manifest
from irkit.resign.digest_list import parse_digest_list
from irkit.resign.records import read_record
from irkit.sources.clocks.read import read_clock, without_secrets
from tests.fuzz.target import Target, from_file, nested

DIGEST, OID, AT = "fa4e" * 16, "b10b" * 10, "2026-03-01T12:00:00Z"
SUMS = f"{DIGEST}  app.tar.gz\n{DIGEST} *b/c\n\\{DIGEST}  a\\nb\nSHA256 (d) = {DIGEST}\n"
SIGNATURE = "-----BEGIN PGP SIGNATURE-----\n\nRkFLRQ==\n-----END PGP SIGNATURE-----\n"
CLEAR = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{SUMS}- -x\n{SIGNATURE}"
RELEASE = (
    f"Origin: Fake\nSuite: stable\nCodename: fake\nMD5Sum:\n {'fa' * 16} 10 main/Packages\n"
    f"SHA256:\n {DIGEST} 10 main/binary-amd64/Packages.gz\n"
)
PACKAGES = (
    f"Package: a\nVersion: 1\nFilename: pool/a.deb\nSHA256: {DIGEST}\n\n"
    f"Package: b\nDirectory: pool/b\nChecksums-Sha256:\n {DIGEST} 5 b.dsc\n"
)
PRIMARY = (
    '<?xml version="1.0"?><metadata xmlns="http://linux.duke.edu/metadata/common" packages="1"><package type="rpm">'
    f'<checksum type="sha256" pkgid="YES">{DIGEST}</checksum><location href="a.rpm"/></package></metadata>'
)


def _record(data: bytes) -> None:
    read_record(data.decode("utf-8", "replace"))


def _manifest(path: Path) -> None:
    found = read_manifest(str(path))
    if found:
        list(lines_of("folder/SHA256SUMS", found))


def _clock(path: Path) -> None:
    read_clock(path)
    with suppress(ValueError, RecursionError):
        answer = json.loads(path.read_text())
        assert b'"secret":' not in json.dumps(without_secrets(answer)).encode()


def _lists(data: bytes) -> None:
    parse_digest_list(data.decode("utf-8", "replace"))
    cleartext.frames(data)


def seeds() -> Iterator[bytes]:
    for text in (SUMS, CLEAR, RELEASE, PACKAGES, PRIMARY):
        yield text.encode()
    yield from nested()
    yield f"{OID}\tHEAD\n{OID}\trefs/tags/v1\n{OID}\trefs/tags/v1^{{}}\n".encode()
    yield f"# pack-refs with: peeled\n{OID} refs/tags/v1\n^{OID}\n{OID}\n".encode()
    yield f"a.rpm: {DIGEST} {DIGEST}\n".encode()
    asset = {
        "name": "a",
        "digest": f"sha256:{DIGEST}",
        "browser_download_url": "https://example.test/a",
        "updated_at": AT,
    }
    file = {"filename": "a.whl", "digests": {"sha256": DIGEST}, "upload_time_iso_8601": AT}
    for answer in (
        {"urls": [file], "releases": {"1": [file]}},
        {"meta": {}, "files": [{"filename": "a", "hashes": {"sha256": DIGEST}, "upload-time": AT}]},
        [{"assets": [asset]}],
        [asset],
        [{"activity_type": "push", "after": OID, "ref": "refs/heads/main", "timestamp": AT}],
        [{"push_data": {"commit_to": OID, "ref": "v1", "ref_type": "tag"}, "created_at": AT}],
        {"workflow_runs": [{"head_sha": OID, "created_at": AT}]},
        [{"sha": OID, "ref": "main", "created_at": AT}],
        {
            "uuid": {
                "body": "eyJzcGVjIjp7ImRhdGEiOnsiaGFzaCI6eyJhbGdvcml0aG0iOiJzaGEyNTYiLCJ2YWx1ZSI6ImEifX19fQ==",
                "integratedTime": 1,
            }
        },
    ):
        yield json.dumps(answer).encode()


TARGET = Target(
    readers=(_record, from_file(_clock, "clock.json")),
    never_refuse=(_lists, from_file(_manifest, "SHA256SUMS")),
    seeds=seeds,
)
