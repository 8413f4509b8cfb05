"""The descent in few openings of files: whatever is noted on the way, the answer is that of reading everything each time."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irkit.sources.logs import Wanted, events, portion
from irkit.sources.logs.seek import Notes, Seeker
from tests.sources.logs.test_read import KEY, assume, lines, read, trail


def world(folder: Path, seed: int) -> None:
    """Sessions begetting sessions over many files, in no order, among strangers' events; files of every shape."""
    source = random.Random(seed)  # noqa: S311
    keys, made = [KEY], []
    for number in range(40):
        key = f"ASIAFAKEFAKEFAKE{1000 + number}"
        made.append(assume(number, source.choice(keys), key))
        keys.append(key)
    uses = [trail(100 + number, source.choice([*keys, "ASIASTRANGER00000001"])) for number in range(200)]
    everything = made + uses + [trail(900, "AKIAadmin", requestParameters={"accessKeyId": KEY})]
    source.shuffle(everything)
    folder.mkdir(exist_ok=True)
    for number in range(30):
        share: list[Any] = everything[number::30]
        whole = json.dumps({"Records": share}).encode()
        data = [
            lines(share),
            whole,
            gzip.compress(whole),
            gzip.compress(lines(share)),
            json.dumps(share, indent=1).encode(),
        ][number % 5]
        (folder / f"{number:02d}").write_bytes(data)


def test_notes_change_what_is_opened_and_never_what_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    real = portion.contents

    def counted(path: str, *rest: Any) -> Any:
        opened.append(path)
        return real(path, *rest)

    monkeypatch.setattr(portion, "contents", counted)
    counts = []
    for seed in range(4):
        folder = tmp_path / str(seed)
        world(folder, seed)
        opened.clear()
        _, noted = read(folder)
        counts.append(len(opened))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Notes, "may_hold", lambda *_: None)
            opened.clear()
            _, all_read = read(folder)
        assert noted == all_read
        assert len(noted) > 200
        assert counts[-1] < len(opened)


def test_a_file_without_a_descendant_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    real = portion.contents
    monkeypatch.setattr(portion, "contents", lambda path, *rest: opened.append(Path(path).name) or real(path, *rest))
    (tmp_path / "a").write_bytes(lines([trail(2, "ASIAFAKEFAKEFAKE0002")]))
    (tmp_path / "b").write_bytes(lines([assume(1, KEY, "ASIAFAKEFAKEFAKE0002")]))
    for number in range(20):
        (tmp_path / f"c{number}").write_bytes(lines([trail(number, "ASIASTRANGER00000001")]))
    _, found = read(tmp_path)
    assert [event.event_id for event in found] == ["id-1", "id-2"]
    assert len(opened) == 22 + 2  # the session's id stands where it was made and where it was used
    assert opened[22:] == ["a", "b"]


@given(
    st.lists(
        st.sampled_from([b"AKIA", b"ASIA", b"KIA", b"SIA", b"A", b"FAKE0000", b"0123456789AB", b"\n", b"\\"]),
        max_size=40,
    ),
    st.integers(0, 60),
    st.integers(0, 1),
)
def test_an_id_that_stands_there_is_always_noted(parts: list[bytes], at: int, which: int) -> None:
    """However the heads of ids overlap."""
    key = ("ASIA" if which else "AKIA") + "FAKEKIASIAAKIA00"
    data = b"".join(parts)
    data = data[:at] + key.encode() + data[at:]
    for given_data in (data, bytearray(data)):
        seeker, notes = Seeker([KEY], note=True), Notes()
        assert seeker.noting(given_data) == (KEY.encode() in data)
        notes.add(3, seeker.noted())
        assert notes.may_hold([key]) == {3}
        assert Seeker([key], note=True).noting(given_data)


def test_notes_say_nothing_of_what_is_no_aws_key() -> None:
    notes = Notes()
    notes.add(1, frozenset())
    notes.add(2, None)
    assert notes.may_hold(["ASIAFAKEFAKEFAKE0009"]) == {2}
    assert notes.may_hold(["ASIAFAKEFAKEFAKE0009", "some-token-id"]) is None
    assert not Seeker(["some-token-id"], note=True).notes
    assert not Seeker(["AKIAFAKEFAKEFAKE0001"], [b"raw"], note=True).notes


DIGEST = hashlib.sha256(b"fake").digest()
HASH = base64.b64encode(DIGEST).decode()
MD5 = "16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48"


@pytest.mark.parametrize(
    ("identifier", "written"),
    [
        ("AKIAFAKEFAKEFAKE0001", "AKIAFAKEFAKEFAKE0001"),
        (HASH, HASH),
        (HASH, HASH.replace("/", "\\/").replace("=", "\\u003d").replace("+", "\\u002b")),
        (HASH, HASH.replace("/", "%2F").replace("=", "%3D").replace("+", "%2B")),
        (HASH, HASH.translate(str.maketrans("+/", "-_")).rstrip("=")),
        (HASH, DIGEST.hex()),
        (HASH, DIGEST.hex().upper()),
        (MD5, MD5),
        (MD5, "MD5:" + MD5.upper()),
        ("0a1b2c3d-0000-4000-8000-00000000feed", "0A1B2C3D-0000-4000-8000-00000000FEED"),
        ("hmac-sha256:" + DIGEST.hex(), "hmac-sha256:" + DIGEST.hex()),
        ("42", '"token_id":42,'),
        ("a/b", "a\\/b"),
        ("//", "//"),
    ],
)
def test_every_writing_of_an_identifier_passes_the_byte_test(identifier: str, written: str) -> None:
    for others in ((), tuple(f"ASIAOTHER{number:011d}" for number in range(3000))):
        seeker = Seeker([identifier, *others])
        assert seeker(b'{"x":"' + written.encode() + b'"}')
        assert not seeker(b'{"x":"nothing of it"}')


def test_raw_bytes_let_a_line_through() -> None:
    seeker = Seeker(["AKIAFAKEFAKEFAKE0001"], [b"glpat-FAKEfakeFAKE"])
    assert seeker(b"GET /?private_token=glpat-FAKEfakeFAKE HTTP/1.1")
    assert not seeker(b"GET / HTTP/1.1")


def test_thousands_of_sessions_are_followed(tmp_path: Path) -> None:
    made = [assume(number, KEY, f"ASIAFAKE{number:012d}") for number in range(3000)]
    used = [trail(5000 + number, f"ASIAFAKE{number:012d}") for number in range(3000)]
    (tmp_path / "a").write_bytes(lines(used))
    (tmp_path / "b").write_bytes(gzip.compress(lines(made)))
    found = list(events([tmp_path], Wanted.of("fake", [KEY])))
    assert len(found) == 6000
    assert {event.parent for event in found[3000:]} == {KEY}


@pytest.mark.parametrize("mentioned_first", [True, False])
def test_a_second_line_of_a_use_is_no_mention(tmp_path: Path, mentioned_first: bool) -> None:
    """A source that writes a request and its answer under one id: only one of them knows who acted."""
    pair = [trail(1, "") | {"requestParameters": {"accessKeyId": KEY}}, trail(1)]
    (tmp_path / "log").write_bytes(lines(pair if mentioned_first else pair[::-1]))
    assert [event.match.value for event in read(tmp_path)[1]] == ["exact_id"]


def test_what_the_log_said_is_kept_where_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(lines([trail(1)]))
    [bare], [full] = (list(events([tmp_path], Wanted.of("fake", [KEY]), raw=raw)) for raw in (False, True))
    assert (bare.raw, full.raw) == (None, trail(1))
    assert bare == full
