"""How places are written: what each store takes, what none does, and what a case has to say of it."""

from __future__ import annotations

import pytest

from irkit.errors import BadInput
from irkit.model import SecretRef
from irkit.providers.interface import Setting
from irkit.stores.catalogue import STORES, store_of
from irkit.stores.interface import FRESH
from tests.stores.putting import FRESH_REF

PLACES = {
    "github-actions:octo-org/site/NPM_TOKEN": {"owner": "octo-org", "repo": "site", "name": "NPM_TOKEN"},
    "github-dependabot:octo/site.js/T": {"owner": "octo", "repo": "site.js", "name": "T"},
    "github-environment:octo/site/prod/eu/T": {"owner": "octo", "repo": "site", "environment": "prod/eu", "name": "T"},
    "github-org:octo/T": {"owner": "octo", "name": "T"},
    "gitlab-variable:group/sub/project/KEY": {"project": "group/sub/project", "key": "KEY"},
    "gitlab-variable:42/KEY@production/*": {"project": "42", "key": "KEY", "scope": "production/*"},
    "vault-kv:secret/team/app#token": {"mount": "secret", "path": "team/app", "field": "token"},
    "kubernetes:shop/api-secrets/TOKEN": {"namespace": "shop", "secret": "api-secrets", "key": "TOKEN"},
    "circleci-context:00000000-0000-0000-0000-000000000000/T": {
        "context": "00000000-0000-0000-0000-000000000000", "name": "T",
    },
    "keyring:ci/deploy": {"entry": "ci/deploy"},
    "file:/etc/app/token": {"path": "/etc/app/token"},
    "file:~/token": {"path": "~/token"},
    "sops:/srv/secrets.yaml#app.token": {"path": "/srv/secrets.yaml", "key": "app.token"},
    "age:/srv/token.age": {"path": "/srv/token.age"},
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_a_place_is_read(place: str) -> None:
    store, fields = store_of(place)
    assert fields == PLACES[place]
    assert place.startswith(f"{store.name}:")


NONE = (
    "nowhere:x", "github-actions:octo/NAME", "github-actions:octo/../NAME", "github-actions:octo/site/NA-ME",
    "github-actions:octo/site/NAME/..", "github-org:octo/a/b", "gitlab-variable:KEY", "gitlab-variable:a/../KEY",
    "vault-kv:secret/app", "vault-kv:secret/../sys/x#f", "kubernetes:Shop/a/b", "kubernetes:a/..", "kubernetes:a/../b",
    "circleci-context:my-context/T", "keyring:only-service", "file:relative/path", "file:/folder/", "sops:/a.yaml",
    "sops:/a.yaml#", "sops:/a.yaml#a..b", "age:relative", "",
)  # fmt: skip


@pytest.mark.parametrize("place", NONE)
def test_what_is_no_place_is_refused_and_shown_how(place: str) -> None:
    with pytest.raises(BadInput, match=r"docs/stores.md|[Ww]rite "):
        store_of(place)


REMOTE = [name for name in STORES if name.startswith(("github", "gitlab", "vault", "kubernetes", "circleci"))]
LEARNED = {"key": "k", "key_id": "1", "there": "yes", "version": "1", "empty": "no", FRESH: str(FRESH_REF)}


@pytest.mark.parametrize("place", [place for place in PLACES if place.split(":")[0] in REMOTE])
def test_without_a_credential_that_may_write_a_case_is_told_what_to_say(place: str) -> None:
    store, fields = store_of(place)
    with pytest.raises(BadInput, match=rf"stores\.{store.name}\] in case.toml"):
        store.ask_put(Setting("https://api.example"), {**fields, **LEARNED}, FRESH_REF)


@pytest.mark.parametrize("place", ["vault-kv:secret/app#f", "kubernetes:a/b/c"])
def test_a_store_without_a_public_address_asks_for_one(place: str) -> None:
    store, fields = store_of(place)
    with pytest.raises(BadInput, match=r"write base|Write base"):
        store.ask_put(Setting(responder=SecretRef("env:ADMIN")), {**fields, **LEARNED}, FRESH_REF)


@pytest.mark.parametrize("place", PLACES)
def test_calls_name_the_value_and_are_the_responders(place: str) -> None:
    store, fields = store_of(place)
    setting = Setting(
        "https://api.example", SecretRef("env:ADMIN"), {"visibility": "private", "recipients": "age1visiblyfake"}
    )
    (call,) = store.ask_put(setting, {**fields, **LEARNED}, FRESH_REF)
    assert (call.identity, call.mutates) == ("responder", True)
    assert str(FRESH_REF) in repr(call)
    asked = store.ask_back(setting, {**fields, **LEARNED}) if store.ask_back else None
    assert asked is None or (asked.identity, asked.mutates) == ("responder", False)
