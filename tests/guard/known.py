"""A team's key and a credential known by it, visibly fake and made anew for each test."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from irkit.guard.known.making import add, windows_of
from irkit.guard.known.windows import Windows


def make_secret() -> str:
    """Of no issuer, so that no rule knows it."""
    return f"irkitFAKE-{secrets.token_hex(12)}.z"


def known_file(folder: Path, monkeypatch: pytest.MonkeyPatch, secret: str = "") -> tuple[Path, str]:
    """The file, whose key is env:TEAM_KEY, and the credential in it."""
    value = secret or make_secret()
    monkeypatch.setenv("TEAM_KEY", secrets.token_hex(32))
    monkeypatch.setenv("DEPLOY_TOKEN", value)
    add("env:DEPLOY_TOKEN", folder / "known.toml", "env:TEAM_KEY", "deploy token")
    monkeypatch.delenv("DEPLOY_TOKEN")
    return folder / "known.toml", value


def known_windows(folder: Path, monkeypatch: pytest.MonkeyPatch, secret: str = "") -> tuple[Windows, str]:
    file, value = known_file(folder, monkeypatch, secret)
    return windows_of(file, "env:TEAM_KEY"), value
