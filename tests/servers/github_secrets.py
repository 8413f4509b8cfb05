"""GitHub's secrets of repositories, environments and organisations, with a memory: it opens what was sealed for its key."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from tests.servers.loopback import Answer, Asked

_SECRETS = re.compile(
    r"(/repos/[^/]+/[^/]+(?:/environments/[^/]+|/actions|/dependabot)/secrets|/orgs/[^/]+/actions/secrets)/([^/]+)"
)


@dataclass
class GitHubSecrets:
    """`held` are the values by path. `fault` is what goes wrong when one is put. `key_id` changes when the key is rotated."""

    responder: str
    held: dict[str, str] = field(default_factory=dict)
    changed: dict[str, datetime] = field(default_factory=dict)
    visibility: dict[str, object] = field(default_factory=dict)
    fault: str = ""
    key_id: str = "568250167242549743"
    private: PrivateKey = field(default_factory=PrivateKey.generate)

    def __call__(self, asked: Asked) -> Answer | None:
        if asked.headers.get("authorization") != f"Bearer {self.responder}":
            return _json(401, {"message": "Bad credentials"})
        found = _SECRETS.fullmatch(asked.path)
        if found is None:
            return _json(404, {"message": "Not Found"})
        if asked.method == "GET" and found[2] == "public-key":
            key = base64.b64encode(bytes(self.private.public_key)).decode()
            return _json(200, {"key_id": self.key_id, "key": key})
        if asked.method == "PUT":
            return self._put(asked)
        if asked.path not in self.changed:
            return _json(404, {"message": "Not Found"})
        stamp = self.changed[asked.path].strftime("%Y-%m-%dT%H:%M:%SZ")
        return _json(200, {"name": found[2], "created_at": stamp, "updated_at": stamp})

    def _put(self, asked: Asked) -> Answer | None:
        if self.fault == "denied":
            return _json(403, {"message": "Resource not accessible by personal access token"})
        document = json.loads(asked.body)
        try:
            value = SealedBox(self.private).decrypt(base64.b64decode(document["encrypted_value"])).decode()
        except CryptoError:
            return _json(422, {"message": "could not be opened"})
        if document["key_id"] != self.key_id:
            return _json(422, {"message": "the key was rotated"})
        new = asked.path not in self.held
        if self.fault != "accepted but not kept":
            self.held[asked.path] = value
            self.changed[asked.path] = datetime.now(UTC)
        else:
            self.changed[asked.path] = datetime.now(UTC) - timedelta(days=30)
        if "visibility" in document:
            self.visibility[asked.path] = {key: document[key] for key in document if "select" in key or "visib" in key}
        if self.fault == "hangs up":
            return None
        return _json(201, {}) if new else Answer(204)


def _json(status: int, document: object) -> Answer:
    return Answer(status, json.dumps(document).encode())
