"""GitLab CI: variables in jobs, secrets from Vault, and what other files bring in.

https://docs.gitlab.com/ci/yaml/ (variables, include, secrets, id_tokens, trigger)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from irkit.model import Sure
from irkit.sources.consumers.interface import ALL, SLUG, Reader, Reference, matcher, shell_names
from irkit.sources.consumers.tree import Text, at, documents, leaves, line_of, listing, mapping

_NO_JOBS = {"stages", "include", "workflow", "spec"}
_SETTINGS = {"variables", "default", "image", "services", "cache", "before_script", "after_script"}
_OIDC = "asks for an ID token (id_tokens), which needs no stored secret where the other side takes it"


def _read(_path: str, source: str) -> Iterator[Reference]:
    for document in documents(source):
        for one in listing(at(document, "include")):
            yield from _included(one)
        for name, job in mapping(document).items():
            if name not in _NO_JOBS:
                yield from _job("every job" if name in _SETTINGS else f"job {name}", str(name), job)


def _included(one: Any) -> Iterator[Reference]:
    """A file of this repository is read by itself; what another project or address brings in is not known."""
    for kind in ("project", "remote", "component", "template"):
        told = at(one, kind)
        if told:
            note = "what it brings in is not here: read it as well"
            yield Reference((ALL,), "the pipeline", f"include {kind} {told}", line_of(told), sure=Sure.MAY, note=note)


def _job(what: str, name: str, job: Any) -> Iterator[Reference]:
    environment = at(job, "environment") if isinstance(at(job, "environment"), Text) else at(job, "environment", "name")
    scope = f"may be set for the environment {environment} alone" if environment else ""
    note = "; ".join(part for part in (scope, _OIDC if at(job, "id_tokens") else "") if part)
    for given, told in mapping(at(job, "secrets")).items():
        yield from _secret(what, given, told, note)
    for keys, leaf in leaves(job):
        if keys and keys[0] in ("secrets", "id_tokens", "rules", "only", "except"):
            continue
        # `variables` itself at the top of the file: its keys are the names
        within = (name, *keys) if name == "variables" else keys
        gives = (str(within[1]),) if len(within) > 1 and within[0] == "variables" else ()
        for taken in shell_names(leaf):
            how = f"variable {gives[0]} from ${taken}" if gives else f"${taken} in {keys[0] if keys else 'its script'}"
            yield Reference((taken,), what, how, leaf.line, gives, f"gitlab-variable:{SLUG}/{taken}", note=note)
    trigger = at(job, "trigger")
    if trigger and at(trigger, "forward", "pipeline_variables") == "true":
        downstream = at(trigger, "project") or "another pipeline"
        yield Reference(
            (ALL,), what, f"forwards the pipeline's variables to {downstream}", line_of(trigger), sure=Sure.MAY
        )


def _secret(what: str, given: str, told: Any, note: str) -> Iterator[Reference]:
    vault = at(told, "vault")
    line = getattr(given, "line", line_of(told))
    if isinstance(vault, Text):  # PATH/FIELD@MOUNT, kv-v2 where no mount is named
        where, _, mount = vault.partition("@")
        path, _, field = where.rpartition("/")
    else:
        path, field, mount = (
            str(at(vault, "path") or ""),
            str(at(vault, "field") or ""),
            str(at(vault, "engine", "path") or ""),
        )
    if vault:
        mount = mount or "kv-v2"
        store = f"vault-kv:{mount}/{path}#{field}" if path and field else ""
        needs = (given, f"{mount}/{path}#{field}", f"{mount}/{path}", f"{path}/{field}")
        yield Reference(needs, what, f"Vault {mount}/{path} {field}", line, (given,), store, note=note)
    for kind in ("aws_secrets_manager", "gcp_secret_manager", "azure_key_vault"):
        held = at(told, kind)
        if held:
            name = held if isinstance(held, Text) else at(held, "secret_id") or at(held, "name") or ""
            yield Reference((given, str(name)), what, f"{kind} {name}", line, (given,), note=note)


READER = Reader(
    "gitlab-ci", matcher(r"[^/]*\.gitlab-ci[^/]*\.ya?ml|\.gitlab-ci/.+\.ya?ml|\.gitlab/ci/.+\.ya?ml"), _read
)
