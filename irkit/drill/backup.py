"""A backup of the operations box, found on a shelf: what stood on its disk stands here, one container within another.

    ops-box.zip                home.tar.gz within it holds an .env with the AWS pair and a note with the GitHub token
    .ipynb_checkpoints/        a notebook that printed the AWS pair
    ipython/history.sqlite     a shell's history, into which the GitHub token was typed

The release key never stood on that box: were it here, nobody could say any more since when it was out.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import sqlite3
import tarfile
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

from irkit.drill.history import utc
from irkit.drill.repository import Planted
from irkit.drill.truth import AWS_KEY, GITHUB_TOKEN, Place

BOX, HOME = "ops-box.zip", "home.tar.gz"
DOTENV, NOTE = "home/priya/backup/.env", "home/jun/rates.txt"
CHECKPOINT = ".ipynb_checkpoints/carrier-costs-checkpoint.ipynb"
HISTORY = "ipython/history.sqlite"


def build(folder: Path, now: datetime, planted: Planted) -> tuple[Place, ...]:
    """Writes `folder` and says what stands where; paths are told from the folder that holds it."""
    at = utc(now - timedelta(days=8.25))
    pair = f"AWS_ACCESS_KEY_ID={planted.aws_id}\nAWS_SECRET_ACCESS_KEY={planted.aws_secret}\n"
    files = {
        DOTENV: f"BACKUP_BUCKET=larkspur-fulfil-backup\n{pair}",
        NOTE: f"rates by hand:\nGH_TOKEN={planted.token} make rates\n",
    }
    _put(folder / BOX, _zipped(HOME, gzip.compress(_tarred(files, at), mtime=int(at.timestamp())), at), at)
    _put(folder / CHECKPOINT, _notebook(pair), at)
    _history(folder / HISTORY, f"%env GH_TOKEN={planted.token}")
    return (
        _place(GITHUB_TOKEN, folder, f"{BOX}!{HOME}!{NOTE}", 2),
        _place(GITHUB_TOKEN, folder, f"{HISTORY}!history.source row 2", 1),
        _place(GITHUB_TOKEN, folder, f"{HISTORY}!history.source_raw row 2", 1),
        _place(AWS_KEY, folder, f"{BOX}!{HOME}!{DOTENV}", 3),
        _place(AWS_KEY, folder, f"{CHECKPOINT}!cell 1 output 1", 2),
    )


def _place(credential: str, folder: Path, path: str, line: int) -> Place:
    return Place(credential, "archive", f"{folder.name}/{path}", "raw", "", line, live=True, reachable=False)


def _tarred(files: dict[str, str], at: datetime) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, text in files.items():
            member = tarfile.TarInfo(path)
            member.size, member.mtime, member.mode = len(text), int(at.timestamp()), 0o600
            tar.addfile(member, io.BytesIO(text.encode()))
    return made.getvalue()


def _zipped(name: str, data: bytes, at: datetime) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, at.timetuple()[:6]), data)
    return made.getvalue()


def _notebook(pair: str) -> bytes:
    output = {"output_type": "stream", "name": "stdout", "text": pair.splitlines(keepends=True)}
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": ["!env | grep AWS_"]}
    document = {"cells": [{**cell, "outputs": [output]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document, indent=1).encode()


def _history(path: Path, typed: str) -> None:
    """As IPython keeps it (https://ipython.readthedocs.io/en/stable/api/generated/IPython.core.history.html)."""
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE history (session integer, line integer, source text, source_raw text, PRIMARY KEY (session, line))"
    )
    rows = [(1, 1, "import pandas as pd"), (1, 2, typed), (1, 3, "rates = pd.read_csv('rates.csv')")]
    connection.executemany("INSERT INTO history VALUES (?, ?, ?, ?)", [(*row, row[2]) for row in rows])
    connection.commit()
    connection.close()


def _put(path: Path, data: bytes, at: datetime) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (at.timestamp(), at.timestamp()))
