"""Three stores with a memory that speak JSON: GitLab's variables, Kubernetes secrets, a CircleCI context."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from tests.servers.loopback import Answer, Asked


def _json(status: int, document: object) -> Answer:
    return Answer(status, json.dumps(document).encode())


@dataclass
class GitLabVariables:
    """After https://docs.gitlab.com/api/project_level_variables/. `held` by (project, key, environment)."""

    responder: str
    held: dict[tuple[str, str, str], dict[str, object]] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Answer:
        if asked.headers.get("private-token") != self.responder:
            return _json(401, {"message": "401 Unauthorized"})
        parts = urlsplit(asked.path)
        steps = parts.path.removeprefix("/api/v4/projects/").split("/")
        scope = parse_qs(parts.query).get("filter[environment_scope]", ["*"])[0]
        if steps[0] != "group%2Fproject" or steps[1] != "variables":
            return _json(404, {"message": "404 Project Not Found"})
        body = json.loads(asked.body) if asked.body else {}
        if asked.method == "POST":
            place = (unquote(steps[0]), body["key"], body.get("environment_scope", "*"))
            if body.get("masked") and len(str(body["value"])) < 8:
                return _json(400, {"message": {"value": ["is invalid"]}})
            self.held[place] = body
            return _json(201, body)
        place = (unquote(steps[0]), steps[2], scope)
        if place not in self.held:
            return _json(404, {"message": "404 Variable Not Found"})
        if asked.method == "PUT":
            self.held[place] |= body
        return _json(200, {"key": steps[2], **self.held[place]})


@dataclass
class KubernetesSecrets:
    """The API server's merge of a secret. `held`: values by namespace/secret, then by key."""

    responder: str
    held: dict[str, dict[str, str]] = field(default_factory=dict)
    version: int = 41

    def __call__(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != f"Bearer {self.responder}":
            return _json(401, {"kind": "Status", "message": "Unauthorized", "reason": "Unauthorized"})
        _, _, _, _, namespace, _, name = urlsplit(asked.path).path.split("/")
        data = self.held.get(f"{namespace}/{name}")
        if data is None:
            return _json(404, {"kind": "Status", "message": f'secrets "{name}" not found', "reason": "NotFound"})
        if asked.method == "PATCH":
            if asked.headers["content-type"] != "application/merge-patch+json":
                return _json(415, {"kind": "Status", "message": "unsupported media type"})
            for key, value in json.loads(asked.body)["data"].items():
                data[key] = base64.b64decode(value, validate=True).decode()
            self.version += 1
        metadata = {"name": name, "namespace": namespace, "resourceVersion": str(self.version)}
        if "PartialObjectMetadata" in asked.headers.get("accept", ""):
            return _json(200, {"kind": "PartialObjectMetadata", "metadata": metadata})
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
        return _json(200, {"kind": "Secret", "metadata": metadata, "data": encoded})
