"""Where package registries are, as the user's own configuration says: npm's, `.pypirc`, cargo's, devpi's client.

Files: https://packaging.python.org/en/latest/specifications/pypirc/, https://doc.rust-lang.org/cargo/reference/config.html
(`registry.default`, `registries.NAME.index`); npm is asked itself. They are read from the home folder: an examined repository has no
say. What names nothing, or cannot be read, gives nothing, and the provider then says what is missing. No address is written here.
"""

from __future__ import annotations

import configparser
import json
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from irkit.errors import NotAvailable
from irkit.providers.interface import Setting


def completed(provider: str, setting: Setting) -> Setting:
    """The setting, with the address that the user's own configuration names where the case says none."""
    reader = _READERS.get(provider)
    return setting if setting.base or reader is None else reader(setting)


def _npm(setting: Setting) -> Setting:
    # npm is slow to start, and a case asks often: once for each configuration that it could read
    return replace(
        setting, base=_npm_says(str(Path.home()), os.environ.get("NPM_CONFIG_REGISTRY", ""), os.environ.get("PATH", ""))
    )


@cache
def _npm_says(_home: str, _registry: str, _path: str) -> str:
    from irkit.sources.clocks.packages import npm_registry  # a case without such a token does not pay for it

    try:
        return npm_registry("")
    except NotAvailable:
        return ""


def _pypi(setting: Setting) -> Setting:
    """The site of the first index that `.pypirc` gives an address: a person goes there."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(Path.home() / ".pypirc", encoding="utf-8")
        names = parser.get("distutils", "index-servers", fallback="").split() or parser.sections()
        addresses = [parser.get(name, "repository", fallback="") for name in names if parser.has_section(name)]
    except (configparser.Error, OSError, UnicodeDecodeError):
        return setting
    return replace(setting, base=next((_site(one) for one in addresses if _site(one)), ""))


def _site(address: str) -> str:
    """Scheme and host; "" for what is no web address. A user or password in it is left out."""
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}{port}" if parts.scheme in ("https", "http") and parts.hostname else ""


def _crates(setting: Setting) -> Setting:
    """The index of the registry: `registry` in the case's options, else cargo's default. Its API is looked up there."""
    if setting.options.get("index"):
        return setting
    home = Path(os.environ.get("CARGO_HOME", "") or Path.home() / ".cargo")
    for file in (home / "config.toml", home / "config"):
        try:
            said = tomllib.loads(file.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        name = setting.options.get("registry") or _text(said, "registry", "default") or "crates-io"
        if index := _text(said, "registries", name, "index"):
            return replace(setting, options={**setting.options, "index": index})
    return setting


def _devpi(setting: Setting) -> Setting:
    """The server that devpi's client uses now."""
    try:
        said = json.loads((Path.home() / ".devpi/client/current.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return setting
    return replace(setting, base=_site(_text(said, "login") or _text(said, "index")))


def _text(document: object, *path: str) -> str:
    for step in path:
        document = document.get(step) if isinstance(document, Mapping) else None
    return document if isinstance(document, str) else ""


_READERS: dict[str, Callable[[Setting], Setting]] = {"crates": _crates, "devpi": _devpi, "npm": _npm, "pypi": _pypi}
