from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from irkit.case import Case
from irkit.model import SecretRef
from irkit.providers import PROVIDERS
from tests.case.distribution.world import ADMIN, TOKEN, World
from tests.servers.github_secrets import GitHubSecrets
from tests.servers.issuer import REPLACEMENT, Issuer
from tests.servers.kept import GitLabVariables, KubernetesSecrets
from tests.servers.loopback import serving


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    monkeypatch.setenv("ADMIN", ADMIN)
    monkeypatch.setitem(PROVIDERS, "github", dataclasses.replace(PROVIDERS["github"], replacement=REPLACEMENT))
    cluster = KubernetesSecrets(ADMIN, {"ns/s": {"K": "old-fake", "OTHER": "neighbour-fake-0123456789"}})
    made = World(tmp_path / "case", Issuer(ADMIN), GitHubSecrets(ADMIN), GitLabVariables(ADMIN), cluster)
    rules = {"issuer": made.issuer, "github": made.github, "gitlab": made.gitlab, "cluster": cluster}
    with ExitStack() as stack:
        made.servers = {name: stack.enter_context(serving(made.through(rule))) for name, rule in rules.items()}

        def at(name: str) -> dict[str, str]:
            return {"base": made.servers[name].url, "responder": "env:ADMIN"}

        stores = {"github-actions": at("github"), "gitlab-variable": at("gitlab"), "kubernetes": at("cluster")}
        settings = {"providers": {"github": at("issuer")}, "stores": stores}
        Case.create(made.folder, [SecretRef("env:FAKE_TOKEN")], settings=settings)
        yield made
