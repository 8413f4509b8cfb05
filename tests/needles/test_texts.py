"""Every form of a token, as the tools write it that people use, is found under its name and hidden."""

from __future__ import annotations

import base64
import json
import random
import re
import string
import subprocess
import sysconfig
from collections.abc import Callable
from html import escape
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from irkit.needles import Needle, id_needles, letters, token_needles
from irkit.redact import Hidden, Redactor
from irkit.sources.hunt import Hit, Hits, Hunted
from tests.needs import needs

PLAIN = b"ghp_FAKEfakeFAKEfakeFAKEfake0123456789ab"
ODD = b"FAKE/pass+word=with&odd<signs>'\"$\\x-0123"
HUNTED = [Hunted("plain", token_needles(PLAIN)), Hunted("odd", token_needles(ODD))]
HITS = Hits(HUNTED)
REDACTOR = Redactor(Hidden(one.credential, one.needles) for one in HUNTED)


def out(*args: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(args, input=stdin, capture_output=True, check=True).stdout


def shell(script: str, stdin: bytes = b"") -> bytes:
    return out("bash", "-c", script, stdin=stdin)


def named(data: bytes) -> list[tuple[str, str]]:
    return [(hit.credential, hit.form) for hit in HITS.find(data)]


@pytest.mark.parametrize("token", [PLAIN, ODD], ids=["plain", "odd"])
@pytest.mark.parametrize(
    ("form", "write"),
    [
        ("raw", lambda t: b"token: " + t),
        ("base64", lambda t: out("base64", "-w0", stdin=t)),
        ("base64", lambda t: out("base64", "-w0", stdin=b"u:" + t + b":rest")),
        ("base64", lambda t: out("openssl", "base64", "-A", stdin=b"u" + t)),
        ("base64", lambda t: b"Authorization: Bearer " + base64.b64encode(b"user:" + t)),
        ("basic-auth", lambda t: b"Authorization: Basic " + out("base64", "-w0", stdin=b"someone:" + t)),
        ("basic-auth", lambda t: b"authorization: basic " + out("base64", "-w0", stdin=b"x:" + t) + b"\nHost: a"),
        ("base64-wrapped", lambda t: out("base64", "-w20", stdin=b"some words in front " + t + b" and behind")),
        ("base64-wrapped", lambda t: out("openssl", "base64", stdin=b"twenty-six bytes in front." + t)),
        ("hex", lambda t: out("xxd", "-p", "-c", "256", stdin=t)),
        ("hex", lambda t: out("xxd", "-u", "-p", "-c", "256", stdin=t)),
        ("hex-wrapped", lambda t: out("xxd", "-p", "-c", "16", stdin=b"front" + t)),
        ("hex", lambda t: out("od", "-An", "-v", "-tx1", "-w512", stdin=t)),
        ("utf-16le", lambda t: out("iconv", "-f", "utf-8", "-t", "utf-16le", stdin=t)),
        ("utf-16be", lambda t: out("iconv", "-f", "utf-8", "-t", "utf-16be", stdin=t)),
        ("base64-utf-16le", lambda t: base64.b64encode(("$t='" + t.decode() + "'").encode("utf-16-le"))),
        ("percent-encoded", lambda t: b"".join(b"%%%02x" % byte for byte in t)),
        ("json-escaped", lambda t: "".join(f"\\u{byte:04x}" for byte in t).encode()),
        ("json-escaped", lambda t: "".join(f"\\u{byte:04X}" for byte in t).encode()),
        ("c-escaped", lambda t: b'"' + b"".join(b"\\x%02x" % byte for byte in t) + b'"'),
        ("c-escaped", lambda t: b'"' + b"".join(b"\\%03o" % byte for byte in t) + b'"'),
        ("html-escaped", lambda t: "".join(f"&#{byte};" for byte in t).encode()),
        ("html-escaped", lambda t: "".join(f"&#x{byte:x};" for byte in t).encode()),
        ("html-escaped", lambda t: "".join(f"&#x{byte:X};" for byte in t).encode()),
        ("raw-split", lambda t: b'key = "' + t[:9] + b'" + "' + t[9:] + b'"'),
        ("raw-split", lambda t: b"key = '" + t[:20] + b"' +\n        '" + t[20:] + b"';"),
        ("raw-split", lambda t: b'key = ("' + t[:20] + b'"\n       "' + t[20:] + b'")'),
        ("raw-split", lambda t: b'#define K "' + t[:20] + b'" \\\n  "' + t[20:] + b'"'),
        ("raw-split", lambda t: b"export K=" + t[:30] + b"\\\n" + t[30:]),
        ("raw-split", lambda t: b'k = "' + t[:3] + b'" . "' + t[3:] + b'";'),
        ("raw-split", lambda t: b'k = "' + t[:12] + b'"+"' + t[12:24] + b'"+"' + t[24:] + b'"'),
        ("raw-wrapped", lambda t: b"> " + t[:17] + b"\r\n> " + t[17:]),
    ],
)  # fmt: skip
def test_a_form_is_found_by_its_name_and_hidden(form: str, write: Callable[[bytes], bytes], token: bytes) -> None:
    data = write(token)
    assert named(data) == [("plain" if token == PLAIN else "odd", form)]
    assert named(REDACTOR.data(data)) == []
    assert REDACTOR.finds(data)
    assert token[10:-10] not in REDACTOR.data(data)


@pytest.mark.parametrize(
    ("form", "write"),
    [
        ("percent-encoded", lambda t: ("https://u:" + quote(t, safe="") + "@host/").encode()),
        ("percent-encoded", lambda t: urlencode({"token": t}).encode()),
        ("percent-encoded", lambda t: re.sub(r"%..", lambda m: m[0].lower(), quote(t, safe="")).encode()),
        ("json-escaped", lambda t: json.dumps({"token": t}).encode()),
        ("json-escaped", lambda t: json.dumps({"body": json.dumps({"token": t})}).encode()),
        ("json-escaped", lambda t: json.dumps(t).replace("/", "\\/").encode()),
        ("json-escaped", lambda t: json.dumps(t).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").encode()),
        ("yaml-escaped", lambda t: yaml.safe_dump({"token": ": " + t}, width=1000).encode()),
        ("html-escaped", lambda t: escape(t).encode()),
        ("html-escaped", lambda t: escape(t, quote=False).encode()),
        ("html-escaped", lambda t: escape(t).replace("&quot;", "&#34;").replace("&#x27;", "&#39;").encode()),
        ("html-escaped", lambda t: "".join(c if c.isalnum() else f"&#{ord(c)};" for c in t).encode()),
        ("shell-escaped", lambda t: shell("read -r t; printf %q \"$t\"", stdin=t.encode())),
        ("shell-escaped", lambda t: shell("read -r t; echo \"${t@Q}\"", stdin=t.encode())),
        ("shell-escaped", lambda t: ("'" + t.replace("'", "'\"'\"'") + "'").encode()),
        ("shell-escaped", lambda t: ('"' + re.sub(r'([\\"$`])', r"\\\1", t) + '"').encode()),
        ("raw", lambda t: yaml.safe_dump({"token": t}, default_style="|").encode()),
    ],
)  # fmt: skip
def test_what_a_format_must_escape_is_found_escaped(form: str, write: Callable[[str], bytes]) -> None:
    data = write(ODD.decode())
    [(credential, found)] = named(data)
    # Some escapes are the same bytes in several formats; the first name is given.
    assert credential == "odd"
    assert found == form or {found, form} <= {
        "json-escaped",
        "html-escaped",
        "shell-escaped",
        "yaml-escaped",
        "c-escaped",
    }
    assert named(REDACTOR.data(data)) == []


@pytest.mark.parametrize("token", [PLAIN, ODD], ids=["plain", "odd"])
@pytest.mark.parametrize(
    "write",
    [
        lambda t: base64.b64encode(b"kind: Secret\ndata:\n  token: " + base64.b64encode(t) + b"\n"),
        lambda t: shell("base64 | base64", stdin=b"the quick brown fox jumps over th " + t + b" end"),
        lambda t: shell("base64 -w0 | base64 -w60", stdin=b"of the quick brown fox " + t + b" end"),
        lambda t: json.dumps(shell("base64 -w0 | base64", stdin=b"u:" + t).decode()).encode(),
        lambda t: shell("base64 -w0 | base64", stdin=b"u:" + t).replace(b"\n", b"\r\n\t"),
        lambda t: base64.b64encode(b'{"auths":{"r":{"auth":"' + base64.b64encode(b"u:" + t) + b'"}}}'),
    ],
)
def test_base64_of_base64_is_found_however_both_are_wrapped(write: Callable[[bytes], bytes], token: bytes) -> None:
    data = write(token)
    assert named(b"A=1\nCI=" + data + b"\nB=2") == [("plain" if token == PLAIN else "odd", "base64-base64")]
    assert named(REDACTOR.data(data)) == []


@pytest.mark.parametrize("inner", range(3))
@pytest.mark.parametrize("outer", range(3))
def test_base64_of_base64_is_found_at_every_alignment_and_cut(inner: int, outer: int) -> None:
    data = base64.b64encode(b"-" * outer + base64.b64encode(b"x" * inner + PLAIN + b"zz") + b" tail")
    for width in (*range(16, 60, 3), 1000):
        text = b"\n".join(data[at : at + width] for at in range(0, len(data), width))
        assert named(text) == [("plain", "base64-base64")], width
        stream = REDACTOR.stream()
        pieces = [stream.feed(text[at : at + 7]) for at in range(0, len(text), 7)]
        assert b"".join(pieces) + stream.end() == REDACTOR.data(text), width


AWS = "wJalrFAKE/K7MDENG+bPxRfiCYFAKEfakeKEY=="


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("percent-encoded", quote(AWS, safe="+=")),
        ("percent-encoded", quote(quote(AWS, safe=""), safe="")),
        ("percent-encoded", AWS.replace("/", "%2f").replace("+", "%2B")),
        ("html-escaped", AWS.replace("/", "&#x2F;").replace("=", "&#61;")),
        ("html-escaped", escape(AWS.replace("/", "&#x2F;"))),
        ("html-escaped", "".join(f"&#x{ord(one):04x};" for one in AWS)),
        ("json-escaped", AWS.replace("=", "\\u003d").replace("+", "\\u002B")),
        ("json-escaped", json.dumps(json.dumps(json.dumps(AWS.replace("/", "\\/"))))),
        ("json-escaped", "".join(f"\\u{{{ord(one):x}}}" for one in AWS)),
        ("shell-escaped", "".join(one if one.isalnum() else "\\" + one for one in AWS)),
        ("c-escaped", AWS.replace("/", "\\057").replace("+", "\\x2b")),
        ("c-escaped", "".join(f"\\0{ord(one):03o}" for one in AWS)),
        ("reversed", AWS[::-1]),
        ("quoted-printable", AWS.replace("=", "=3D")),
        ("quoted-printable", AWS[:20] + "=\r\n" + AWS[20:].replace("=", "=3D")),
        ("raw-split", 'k = "' + AWS[:20] + '";\n  k += "' + AWS[20:] + '";'),
        ("raw-split", "K='" + AWS[:20] + "'\nK=$K.'" + AWS[20:] + "'"),
        ("raw-split", 'k = "' + AWS[:20] + '" & _\r\n    "' + AWS[20:] + '"'),
        ("raw-split", 'k = ("' + AWS[:20] + '") + ("' + AWS[20:] + '")'),
        ("raw-split", 'k = "' + AWS[:20] + '" + // the rest\n "' + AWS[20:] + '"'),
        ("raw-split", 'k = "' + AWS[:20] + '" /* more */ "' + AWS[20:] + '"'),
        ("raw-split", '$k = "' + AWS[:20] + "`\r\n" + AWS[20:] + '"'),
        ("raw-split", "set K=" + AWS[:20] + "^\r\n" + AWS[20:]),
        ("raw-wrapped", AWS[:9] + "\n" + AWS[9:]),
        ("raw-wrapped", "+ " + AWS[:18] + "\n+" + AWS[18:]),
    ],
)  # fmt: skip
def test_escapes_that_are_mixed_and_strings_that_are_put_together_are_read(form: str, text: str) -> None:
    needles = token_needles(AWS.encode())
    hits, redactor = Hits([Hunted("aws", needles)]), Redactor([Hidden("aws", needles)])
    for data in (text.encode(), b"\n" + text.encode() + b"\nend\n"):
        assert [hit.form for hit in hits.find(data)] == [form]
        assert not hits.find(redactor.data(data))
        for size in (1, 5, 30):
            assert hits.stream(data[at : at + size] for at in range(0, len(data), size)) == hits.find(data)


def test_letters_that_are_no_ascii_are_found_as_programs_escape_them() -> None:
    word = "FAKEfakepäßwörd-€-FAKEfake0123"
    hits = Hits([Hunted("w", token_needles(word.encode()))])
    for data in (
        repr(word.encode()).encode(),
        ascii(word).encode(),
        json.dumps(word).encode(),
        escape(word).encode("ascii", "xmlcharrefreplace"),
        shell('read -r t; LC_ALL=C; printf %q "$t"', stdin=word.encode()),
        yaml.safe_dump({"a": word}, default_style='"').encode(),
        quote(word).encode(),
    ):
        assert hits.find(data), data


@needs("jq")
def test_jq_and_its_encodings_are_found() -> None:
    programs = {"@base64": "base64", "@uri": "percent-encoded", "@html": "html-escaped", "@json": "json-escaped"}
    for program, form in (programs | {"@sh": "shell-escaped"}).items():
        assert named(out("jq", "-R", "-r", program, stdin=ODD)) == [("odd", form)], program


@needs("node")
def test_a_token_in_the_payload_of_a_json_web_token_is_found() -> None:
    code = "const b=x=>Buffer.from(x).toString('base64url');const t=require('fs').readFileSync(0,'utf8');"
    code += "process.stdout.write([{alg:'none'},{sub:'1',token:t}].map(x=>b(JSON.stringify(x))).join('.')+'.')"
    assert named(b"Cookie: " + out("node", "-e", code, stdin=PLAIN)) == [("plain", "jwt")]


@pytest.mark.parametrize(("form", "data"), [
    ("sha256-hex", out("sha256sum", stdin=PLAIN)),
    ("sha256-hex", out("sha256sum", stdin=PLAIN).upper()),
    ("sha256-base64", base64.b64encode(out("openssl", "dgst", "-sha256", "-binary", stdin=PLAIN))),
])  # fmt: skip
def test_its_digest_names_a_token_and_stays_readable(form: str, data: bytes) -> None:
    assert named(data) == [("plain", form)]
    assert REDACTOR.data(data) == data


def test_its_public_part_alone_is_a_weaker_hit() -> None:
    hits = Hits([Hunted("k", (*token_needles(PLAIN), *id_needles("AKIAFAKEFAKEFAKEFAKE")))])
    assert hits.find(b"user AKIAFAKEFAKEFAKEFAKE") == [Hit("k", "id", 5, 1)]


def test_half_a_token_and_a_token_with_other_text_between_are_none() -> None:
    for data in (PLAIN[:20], PLAIN[:20] + b" and " + PLAIN[20:], PLAIN[:20] + b'" + x + "' + PLAIN[20:], PLAIN[3:]):
        assert named(data) == []
        assert REDACTOR.data(data) == data


def test_a_display_is_not_held_up_by_what_cannot_be_a_secret() -> None:
    stream = REDACTOR.stream()
    assert stream.feed(b"working\n") == b"working\n"
    assert stream.feed(b"ghp_FAKE and more\n") == b"ghp_FAKE and more\n"
    assert stream.feed(b"a" * 1000 + b"ghp_FAKEfakeFAKE\n") == b"a" * 1000


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "raw": lambda t: t,
    "base64": base64.b64encode,
    "hex": lambda t: t.hex().encode(),
    "utf-16le": lambda t: t.decode().encode("utf-16-le"),
    "utf-16be": lambda t: t.decode().encode("utf-16-be"),
    "percent-encoded": lambda t: b"".join(b"%%%02X" % byte for byte in t),
    "json-escaped": lambda t: b"".join(b"\\u%04x" % byte for byte in t),
    "c-escaped": lambda t: b"".join(b"\\x%02x" % byte for byte in t),
    "html-escaped": lambda t: b"".join(b"&#%d;" % byte for byte in t),
    "sha256-hex": lambda t: out("sha256sum", stdin=t)[:64],
}
LETTERS = string.ascii_letters + string.digits
TOKENS = st.text(LETTERS, min_size=16, max_size=60).filter(lambda text: len(set(text)) > 6).map(str.encode)
PROSE = st.lists(st.sampled_from([b"a line\n", b"\n", b"x = 1; ", b"  ", b"https://example.test/ "]), max_size=40).map(
    b"".join
)


@settings(max_examples=200, deadline=None)
@given(token=TOKENS, form=st.sampled_from([*FORMS]), front=PROSE, behind=PROSE, size=st.integers(1, 400))
def test_any_form_of_any_token_is_found_where_it_stands(
    token: bytes, form: str, front: bytes, behind: bytes, size: int
) -> None:
    data = front + b"<" + FORMS[form](token) + b">" + behind
    hits = Hits([Hunted("t", token_needles(token))])
    line = None if b"\0" in data else front.count(b"\n") + 1
    assert hits.find(data) == [Hit("t", form, len(front) + 1, line)]
    assert hits.stream(data[at : at + size] for at in range(0, len(data), size)) == hits.find(data)


JOINTS = st.sampled_from([b'" + "', b"' +\n    '", b'"\n"', b"\\\n", b'",\n   "', b'" \\\n  "', b"'.'"])


@settings(max_examples=200, deadline=None)
@given(token=TOKENS, cuts=st.sets(st.integers(6, 15), max_size=2), joint=JOINTS, front=PROSE, size=st.integers(1, 90))
def test_a_token_in_pieces_is_found_and_hidden_however_the_stream_is_cut(
    token: bytes, cuts: set[int], joint: bytes, front: bytes, size: int
) -> None:
    places = sorted(cuts)[:1] + [cut for cut in sorted(cuts)[1:] if cut - min(cuts) >= 4]
    pieces = [token[a:b] for a, b in zip([0, *places], [*places, len(token)], strict=True)]
    data = front + b'"' + joint.join(pieces) + b'" and so on'
    hits = Hits([Hunted("t", token_needles(token))])
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    assert [hit.offset for hit in hits.find(data)] == [len(front) + 1]
    assert hits.stream(chunks) == hits.find(data)
    redactor = Redactor([Hidden("t", token_needles(token))])
    stream = redactor.stream()
    streamed = b"".join(map(stream.feed, chunks)) + stream.end()
    assert streamed == redactor.data(data) == front + b'"[redacted t]" and so on'


def test_a_hundred_tokens_are_nowhere_in_real_text() -> None:
    """No needle is so short or so plain that program text holds it by chance."""
    rng = random.Random(7)  # noqa: S311
    needles: list[Needle] = []
    for size in (8, 10, 12, 20, 40, 93):
        for _ in range(6):
            needles += token_needles("".join(rng.choice(LETTERS) for _ in range(size)).encode())
    assert min(len(needle.pattern) for needle in needles) >= 8
    hits = Hits([Hunted("t", tuple(needles))])
    files = sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py"))[:1500]
    assert len(files) > 500
    text = b"\n".join(file.read_bytes() for file in files if file.is_file())
    assert len(text) > 5_000_000
    assert hits.find(text) == []
    assert Redactor([Hidden("t", tuple(needles))]).finds(text) == ()


_WRITTEN = (
    bytes.fromhex,
    lambda hex_: b"\\x" + hex_.encode(),
    lambda hex_: b"%" + hex_.upper().encode(),
    lambda hex_: b"&#%d;" % int(hex_, 16),
    lambda hex_: b"%d," % int(hex_, 16),
    lambda hex_: b",0x" + hex_.encode(),
    lambda hex_: b"=" + hex_.upper().encode(),
    lambda hex_: b"\\" + bytes.fromhex(hex_),
    lambda hex_: bytes.fromhex(hex_) + b'" + "',
)


@settings(max_examples=300, deadline=None)
@given(
    text=st.binary(min_size=4, max_size=24),
    ways=st.lists(st.sampled_from(_WRITTEN), min_size=24, max_size=24),
    tail=st.sampled_from((b"", b",", b"5,", b" and more of the data" * 3)),
    cut=st.integers(0, 300),
    how=st.tuples(st.booleans(), st.booleans()),
)
def test_letters_that_stand_for_themselves_are_told_alike_one_by_one_and_by_their_writings(
    text: bytes, ways: list[Callable[[str], bytes]], tail: bytes, cut: int, how: tuple[bool, bool]
) -> None:
    data = (b"".join(way(f"{byte:02x}") for byte, way in zip(text, ways, strict=False)) + tail)[:cut]
    splits, last = how
    quick = letters.escaped(data, 0, text, 0, splits=splits, last=last)
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(letters, "_ALWAYS_ITSELF", frozenset())
        assert letters.escaped(data, 0, text, 0, splits=splits, last=last) == quick


UUID = "01234567-89ab-cdef-0123-456789abfa4e"


@pytest.mark.parametrize(
    ("secret", "written", "form"),
    [
        (UUID, UUID.upper(), "other-case"),
        (UUID, UUID.replace("-", ""), "other-case"),
        (UUID.upper(), UUID, "other-case"),
        (UUID.replace("-", ""), UUID.upper(), "other-case"),
        ("deadbeefcafe0123456789abcdef01234567fa4e", "DEADBEEFCAFE0123456789ABCDEF01234567FA4E", "other-case"),
        (UUID, UUID, "raw"),
    ],
)
def test_a_number_in_hexadecimal_is_the_same_number_in_either_case(secret: str, written: str, form: str) -> None:
    needles = token_needles(secret.encode())
    data = f'key = "{written}"'.encode()
    assert [hit.form for hit in Hits([Hunted("it", needles)]).find(data)] == [form]
    assert written not in Redactor([Hidden("it", needles)]).text(data.decode())


def test_what_is_no_number_is_sought_in_its_own_case_alone() -> None:
    assert "other-case" not in {one.form for one in (*token_needles(PLAIN), *token_needles(b"0123456789012345678-"))}
