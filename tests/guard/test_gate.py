"""The last look before anything leaves: every way a secret can stand in a file, and what could not be looked at."""

from __future__ import annotations

import base64
import gzip
import json
import os
import sqlite3
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.guard.gate import gate
from irkit.redact import Redactor
from tests.guard.canary import forms_in, make_canary, redactor_of


def in_sqlite(folder: Path, secret: str) -> None:
    with sqlite3.connect(folder / "a.sqlite") as base:
        base.execute("create table t (x text)")
        base.execute("insert into t values (?)", (secret,))


def in_zip(folder: Path, secret: str) -> None:
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner/x.txt", f"{'-' * 4000}{secret}")


def in_notebook(folder: Path, secret: str) -> None:
    text = json.dumps({"cells": [{"source": [secret[:9], secret[9:]]}], "nbformat": 4})
    (folder / "a.ipynb").write_text(text)


def in_a_folder(folder: Path, secret: str) -> None:
    (folder / "b").mkdir()
    (folder / "b" / "a").write_text(secret)


def across_chunks(folder: Path, secret: str) -> None:
    (folder / "big").write_bytes(b"x" * ((1 << 20) - 5) + secret.encode() + b"y" * 100)


PLACES: dict[str, tuple[Callable[[Path, str], object], str]] = {
    "plain text": (lambda folder, secret: (folder / "a.txt").write_text(f"x {secret} y"), "raw"),
    "base64": (lambda folder, secret: (folder / "a").write_bytes(base64.b64encode(b"a" + secret.encode())), "raw"),
    "UTF-16": (lambda folder, secret: (folder / "a.txt").write_text(secret, encoding="utf-16"), "raw"),
    "a cut between two reads": (across_chunks, "raw"),
    "a database": (in_sqlite, "raw"),
    "a gzip stream": (lambda folder, secret: (folder / "a.gz").write_bytes(gzip.compress(secret.encode() * 3)), "gzip"),
    "a member of a zip archive": (in_zip, "zip: inner/x.txt"),
    "a notebook that cuts it into a list": (in_notebook, "notebook: /cells/0/source"),
    "the target of a link": (lambda folder, secret: (folder / "a").symlink_to(f"/nowhere/{secret}"), "link"),
    "the name of a file": (lambda folder, secret: (folder / f"of {secret}").touch(), "name"),
    "a folder below": (in_a_folder, "raw"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_is_found_and_not_repeated(tmp_path: Path, place: str) -> None:
    canary = make_canary()
    folder = tmp_path / "out"
    folder.mkdir()
    put, channel = PLACES[place]
    put(folder, canary)
    seen = gate(folder, redactor_of(canary))
    assert channel in {leak.channel for leak in seen.leaks}
    assert {leak.label for leak in seen.leaks} == {"[redacted fp:canary]"}
    assert seen.clean is False
    assert forms_in(repr(seen), canary) == []


def test_a_clean_folder_is_clean_and_counted(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text("nothing here")
    seen = gate(tmp_path, redactor_of(make_canary()))
    assert (seen.clean, seen.files, seen.leaks, seen.skipped) == (True, 3, (), ())


UNREADABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a truncated gzip": (
        lambda folder: (folder / "a.gz").write_bytes(gzip.compress(os.urandom(999))[:300]),
        "broken gzip",
    ),
    "a broken zip": (lambda folder: (folder / "a.zip").write_bytes(b"PK\x03\x04 nonsense"), "broken zip"),
    "a notebook that is no JSON": (lambda folder: (folder / "a.ipynb").write_text("{"), "no JSON"),
    "a pipe": (lambda folder: os.mkfifo(folder / "a"), "no regular file"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_is_unknown_rather_than_clean(tmp_path: Path, what: str) -> None:
    make, why = UNREADABLE[what]
    make(tmp_path)
    seen = gate(tmp_path, redactor_of(make_canary()))
    assert seen.clean is None
    assert why in seen.skipped[0].why


def test_a_missing_folder_is_unknown(tmp_path: Path) -> None:
    assert gate(tmp_path / "none", redactor_of(make_canary())).clean is None


def test_without_a_known_secret_nothing_can_be_called_clean(tmp_path: Path) -> None:
    assert gate(tmp_path, Redactor()).clean is None


def test_a_folder_that_stays_here_is_left_out(tmp_path: Path) -> None:
    canary = make_canary()
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "a").write_text(canary)
    assert gate(tmp_path, redactor_of(canary), leave_out=[tmp_path / "evidence"]).clean is True


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
def test_what_the_gate_cannot_look_into_is_said_and_never_called_clean(tmp_path: Path, packed: bool) -> None:
    canary = make_canary()
    git = ["git", "-C", str(tmp_path), "-c", "user.name=n", "-c", "user.email=e@example.com"]
    subprocess.run([*git, "init", "-q"], check=True)
    (tmp_path / "a").write_text(canary)
    subprocess.run([*git, "add", "a"], check=True)
    subprocess.run([*git, "commit", "-qm", "a"], check=True)
    (tmp_path / "a").unlink()
    if packed:
        subprocess.run([*git, "repack", "-adq"], check=True)
    seen = gate(tmp_path, redactor_of(canary))
    assert (seen.leaks, seen.clean) == ((), None)
    assert any("irkit locate" in one.why for one in seen.skipped)
