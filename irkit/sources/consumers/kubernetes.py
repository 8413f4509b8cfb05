"""Kubernetes manifests: secrets as environment, whole or by key, as files, and what other stores bring into the cluster.

https://kubernetes.io/docs/concepts/configuration/secret/ , https://external-secrets.io/latest/api/externalsecret/ ,
https://github.com/bitnami-labs/sealed-secrets
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from irkit.model import Sure
from irkit.sources.consumers.interface import Reader, Reference, matcher
from irkit.sources.consumers.tree import Map, at, documents, inner_maps, line_of, listing, mapping

_FILES = "mounted files are renewed in a while, environment variables only when the pod is started again"


def _read(_path: str, source: str) -> Iterator[Reference]:
    if "apiVersion" not in source:
        return  # some other YAML: not worth parsing, and no fault when it is broken
    for document in documents(source):
        yield from manifest(document)


def manifest(document: Any, sure: Sure = Sure.NAMED) -> Iterator[Reference]:
    """References of one document; those of what is no manifest are none."""
    kind, name = at(document, "kind"), at(document, "metadata", "name")
    if not kind or at(document, "apiVersion") is None:
        return
    if kind == "List":
        for item in listing(at(document, "items")):
            yield from manifest(item, sure)
        return
    space = str(at(document, "metadata", "namespace") or "")
    what = f"{kind} {name}"
    if kind in ("Secret", "SealedSecret"):
        yield from _secret(what, document, str(name), space, sure)
    elif kind in ("ExternalSecret", "ClusterExternalSecret"):
        yield from _external(what, document, str(name), sure)
    else:
        yield from _workload(what, document, space, sure)


def _secret(what: str, document: Any, name: str, space: str, sure: Sure) -> Iterator[Reference]:
    for part in (at(document, "data"), at(document, "stringData"), at(document, "spec", "encryptedData")):
        for key in mapping(part):
            gives = (f"k8s-secret/{name}/{key}", f"k8s-secret/{name}")
            yield Reference((str(key), f"{name}/{key}"), what, f"holds the key {key}", line_of(key), gives,
                            _store(space, name, str(key)), sure)  # fmt: skip


def _external(what: str, document: Any, name: str, sure: Sure) -> Iterator[Reference]:
    spec = at(document, "spec", "externalSecretSpec") or at(document, "spec")
    target = str(at(spec, "target", "name") or name)
    kept = at(spec, "secretStoreRef", "name")
    note = f"{kept} is the store it is taken from: put the fresh one there" if kept else ""
    for one in listing(at(spec, "data")):
        key, remote = str(at(one, "secretKey") or ""), str(at(one, "remoteRef", "key") or "")
        part = at(one, "remoteRef", "property")
        full = f"{remote}#{part}" if part else remote
        gives = (f"k8s-secret/{target}/{key}", f"k8s-secret/{target}")
        yield Reference(
            (key, remote, full), what, f"takes {full} as the key {key}", line_of(one), gives, sure=sure, note=note
        )
    for one in listing(at(spec, "dataFrom")):
        remote = str(at(one, "extract", "key") or "")
        if remote:
            yield Reference(
                (remote,), what, f"takes all of {remote}", line_of(one), (f"k8s-secret/{target}",), sure=sure, note=note
            )


def _workload(what: str, document: Any, space: str, sure: Sure) -> Iterator[Reference]:
    for one in inner_maps(document):
        for variable in listing(at(one, "env")):
            yield from _variable(_container(what, one), mapping(variable), space, sure)
        for whole in listing(at(one, "envFrom")):
            name = at(whole, "secretRef", "name")
            if name:
                how = f"envFrom secretRef {name}: every key becomes a variable"
                yield Reference(
                    (f"k8s-secret/{name}", str(name)), _container(what, one), how, line_of(name), sure=sure, note=_FILES
                )
        yield from _files(what, one, space, sure)
        for pull in listing(at(one, "imagePullSecrets")):
            name = at(pull, "name")
            if name:
                yield Reference(
                    (f"k8s-secret/{name}", str(name)), what, f"imagePullSecrets {name}", line_of(name), sure=sure
                )


def _variable(what: str, variable: Map, space: str, sure: Sure) -> Iterator[Reference]:
    given, ref = str(at(variable, "name") or ""), at(variable, "valueFrom", "secretKeyRef")
    name, key = str(at(ref, "name") or ""), str(at(ref, "key") or "")
    if ref:
        needs = (given, f"{name}/{key}", f"k8s-secret/{name}/{key}", key)
        yield Reference(needs, what, f"env {given} from secretKeyRef {name}/{key}", line_of(ref), (given,),
                        _store(space, name, key), sure, _FILES)  # fmt: skip
    elif given and at(variable, "value") is not None:
        yield Reference(
            (given,), what, f"env {given}, its value written there", line_of(variable), sure=sure, note=_FILES
        )


def _files(what: str, one: Map, space: str, sure: Sure) -> Iterator[Reference]:
    for held in (at(one, "secret"), *(at(part, "secret") for part in listing(at(one, "projected", "sources")))):
        name = at(held, "secretName") or (at(held, "name") if at(held, "items") or "projected" in one else None)
        if not name:
            continue
        items = listing(at(held, "items"))
        for item in items:
            key = str(at(item, "key") or "")
            needs = (f"k8s-secret/{name}/{key}", f"{name}/{key}", key)
            yield Reference(needs, what, f"volume secret {name}, key {key}", line_of(item), (), _store(space, str(name), key),
                            sure, _FILES)  # fmt: skip
        if not items:
            yield Reference((f"k8s-secret/{name}", str(name)), what, f"volume secret {name}, all its keys as files", line_of(name),
                            sure=sure, note=_FILES)  # fmt: skip


def _container(what: str, one: Map) -> str:
    return f"container {at(one, 'name')} of {what}" if at(one, "name") and at(one, "image") is not None else what


def _store(space: str, name: str, key: str) -> str:
    """The namespace is often given only when the manifest is applied; then the place is not known."""
    return f"kubernetes:{space}/{name}/{key}" if space and name and key else ""


READER = Reader("kubernetes", matcher(r"[^/]+\.ya?ml"), _read)
