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

from irkit.sources.logs import Wanted, events, listing, portion
from irkit.sources.logs.seek import Seeker
from tests.sources.logs.test_read import KEY, assume, lines, read, trail

READING = "irkit.sources.logs.read._AHEAD"


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


@pytest.mark.parametrize("ahead", [1, 3, 1000])
@pytest.mark.parametrize("seed", range(3))
def test_what_is_sought_on_the_way_changes_what_is_opened_and_never_what_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, ahead: int
) -> None:
    """With 1000 ahead nothing is sought on the way: that is the plain reading of all files in each pass."""
    opened: list[str] = []
    real = portion.contents
    monkeypatch.setattr(portion, "contents", lambda path, *rest: opened.append(path) or real(path, *rest))
    monkeypatch.setattr(listing, "BATCH_FILES", 1)
    world(tmp_path / "world", seed)
    answers, counts = [], []
    for one in (1000, ahead):
        monkeypatch.setattr(READING, one)
        opened.clear()
        answers.append(sorted(read(tmp_path / "world")[1], key=repr))
        counts.append(len(opened))
    assert answers[0] == answers[1]
    assert len(answers[0]) > 200
    assert (counts[1] < counts[0]) == (ahead < 1000)


def test_what_was_sought_on_the_way_is_not_opened_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    real = portion.contents
    monkeypatch.setattr(portion, "contents", lambda path, *rest: opened.append(Path(path).name) or real(path, *rest))
    monkeypatch.setattr(listing, "BATCH_FILES", 1)
    monkeypatch.setattr(READING, 1)
    (tmp_path / "a").write_bytes(lines([trail(2, "ASIAFAKEFAKEFAKE0002")]))
    (tmp_path / "b").write_bytes(lines([assume(1, KEY, "ASIAFAKEFAKEFAKE0002")]))
    for number in range(5):
        (tmp_path / f"c{number}").write_bytes(lines([trail(10 + number, "ASIAFAKEFAKEFAKE0002")]))
    _, found = read(tmp_path)
    assert [event.event_id for event in found] == ["id-1", "id-10", "id-11", "id-12", "id-13", "id-14", "id-2"]
    assert opened == ["a", "b", "c0", "c1", "c2", "c3", "c4", "a", "b"]


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
