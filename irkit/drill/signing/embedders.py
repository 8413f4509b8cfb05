"""A repository that trusts the old key: an image recipe, an install script, a key ring as a binary file."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from irkit.drill import larkspur
from irkit.drill.history import History, utc
from irkit.drill.homes import gpg


def build(folder: Path, home: Path, key: str, now: datetime) -> tuple[str, ...]:
    """Paths that hold the key or name it."""
    files = {
        "Dockerfile": f"FROM debian:12\nRUN gpg --keyserver hkps://keys.larkspur.example --recv-keys {key}\n".encode(),
        "install.sh": f"#!/bin/sh\nset -e\nKEY=0x{key[-16:]}\ngpg --list-keys $KEY\n".encode(),
        "keys/larkspur.gpg": gpg(home, "--export", key),
        "keys/larkspur.asc": gpg(home, "--armor", "--export", key),
        "README.md": b"# installer\n",
    }
    history = History()
    mark = history.commit("refs/heads/main", larkspur.MARA, utc(now - timedelta(days=200)), "How to install", files)
    history.tag("v1.0", mark, larkspur.MARA, utc(now - timedelta(days=199)), "Larkspur installer 1.0")
    history.write(folder, "https://git.larkspur.example/larkspur/installer.git")
    return tuple(path for path in files if path != "README.md")
