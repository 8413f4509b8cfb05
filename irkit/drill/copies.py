"""Where else the credentials were copied to, in every writing and wrapping that people leave behind: `copies/` of the world.

settings.reg       UTF-16, as Windows exports it               token.hex      a dump in hexadecimal
upload.sh          percent-encoded in an address               settings.py    a string put together from two
netrc.log          a Basic-auth header                         state.json     escaped in JSON within JSON
image.tar          docker save: in a layer, deleted by the next one           rates.pdf   on a page, deflated
bundle.tar.xz      a folder packed once more
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import lzma
import os
import tarfile
import zlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from irkit.drill.history import utc
from irkit.drill.repository import Planted
from irkit.drill.truth import AWS_KEY, GITHUB_TOKEN, Place

IMAGE_FILE = "srv/app/.env"


def build(folder: Path, now: datetime, planted: Planted) -> tuple[Place, ...]:
    """Writes `folder` and says what stands where; paths are told from the folder that holds it."""
    at = utc(now - timedelta(days=7.75))
    token, half = planted.token, len(planted.token) // 2
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    layer, whiteout = _tarred({IMAGE_FILE: _dotenv(planted)}, at), _tarred({_whited_out(IMAGE_FILE): b""}, at)
    image, name = _image((layer, whiteout), at)
    files: dict[str, bytes] = {
        "settings.reg": f'Windows Registry Editor Version 5.00\r\n\r\n"RateToken"="{token}"\r\n'.encode("utf-16"),
        "token.hex": f"{token.encode().hex()}\n".encode(),
        "upload.sh": f"curl -T costs.csv 'https://costs.example/put?secret={quote(planted.aws_secret, safe='')}'\n".encode(),
        "settings.py": f'RATE_TOKEN = "{token[:half]}" \\\n    "{token[half:]}"\n'.encode(),
        "netrc.log": f"> GET /larkspur/rate-sheets HTTP/1.1\n> Authorization: Basic {basic}\n".encode(),
        "state.json": json.dumps({"body": json.dumps({"secret": planted.aws_secret})}).replace("/", "\\/").encode(),
        "image.tar": image,
        "rates.pdf": _pdf(f"Rates are fetched with {token}"),
        "bundle.tar.xz": lzma.compress(_tarred({"home/mara/.config/rates": f"token={token}\n".encode()}, at)),
    }
    for path, data in files.items():
        _put(folder / path, data, at)
    return tuple(
        Place(credential, place, f"{folder.name}/{path}", form, "", line, live=True, reachable=False)
        for credential, place, path, form, line in _stands(name)
    )


_Stands = tuple[str, Literal["file", "archive"], str, str, int | None]


def _stands(layer: str) -> tuple[_Stands, ...]:
    return (
        (GITHUB_TOKEN, "file", "settings.reg", "utf-16le", None),
        (GITHUB_TOKEN, "file", "token.hex", "hex", 1),
        (AWS_KEY, "file", "upload.sh", "percent-encoded", 1),
        (GITHUB_TOKEN, "file", "settings.py", "raw-split", 1),
        (GITHUB_TOKEN, "file", "netrc.log", "basic-auth", 2),
        (AWS_KEY, "file", "state.json", "json-escaped", 1),
        (AWS_KEY, "archive", f"image.tar!layer:{layer}!{IMAGE_FILE}", "raw", 2),
        (GITHUB_TOKEN, "archive", "rates.pdf!object 4", "raw", None),
        (GITHUB_TOKEN, "archive", "bundle.tar.xz!home/mara/.config/rates", "raw", 1),
    )


def _dotenv(planted: Planted) -> bytes:
    return f"AWS_ACCESS_KEY_ID={planted.aws_id}\nAWS_SECRET_ACCESS_KEY={planted.aws_secret}\n".encode()


def _whited_out(path: str) -> str:
    """What a later layer holds where it deletes a file: https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts"""
    folder, _, name = path.rpartition("/")
    return f"{folder}/.wh.{name}"


def _image(layers: tuple[bytes, ...], at: datetime) -> tuple[bytes, str]:
    """As docker save writes it (https://github.com/moby/docker-image-spec/blob/main/spec.md), and the digest of the first layer."""
    digests = [hashlib.sha256(layer).hexdigest() for layer in layers]
    made = {f"{digest}/layer.tar": layer for digest, layer in zip(digests, layers, strict=True)}
    config = {
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{one}" for one in digests]},
    }
    manifest = [{"Config": "config.json", "RepoTags": ["larkspur/backup:latest"], "Layers": list(made)}]
    plain = {"config.json": json.dumps(config).encode(), "manifest.json": json.dumps(manifest).encode()}
    return _tarred({**made, **plain}, at), digests[0]


def _pdf(text: str) -> bytes:
    """One page with one line of text in a deflated stream (ISO 32000-1, sections 7.5 and 9.4)."""
    stream = zlib.compress(f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode())
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    made, offsets = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        offsets.append(len(made))
        made += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(made)
    return made + b"xref\n0 6\n0000000000 65535 f \n" + table + end


def _tarred(files: dict[str, bytes], at: datetime) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, data in files.items():
            member = tarfile.TarInfo(path)
            member.size, member.mtime, member.mode = len(data), int(at.timestamp()), 0o600
            tar.addfile(member, io.BytesIO(data))
    return made.getvalue()


def _put(path: Path, data: bytes, at: datetime) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (at.timestamp(), at.timestamp()))
