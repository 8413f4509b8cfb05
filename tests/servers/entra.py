"""Entra's token endpoint and Graph's applications with a memory, after Microsoft's pages."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from tests.servers.loopback import Answer, Asked

RESPONDER = "visibly-fake-graph-token"
APPLICATION = "/v1.0/applications/11111111-1111-4111-8111-111111111111"
PRINCIPAL = "/v1.0/servicePrincipals(appId='22222222-2222-4222-8222-222222222222')"


@dataclass
class Entra:
    """`secrets` are those of the one application, by their value."""

    secrets: dict[str, dict[str, str]] = field(default_factory=dict)
    enabled: bool = True

    def add(self, value: str, name: str = "ci", end: str = "2099-01-01T00:00:00Z") -> str:
        made = {"keyId": str(uuid.uuid4()), "hint": value[:3], "displayName": name, "endDateTime": end}
        self.secrets[value] = made | {"startDateTime": "2026-03-01T00:00:00Z"}
        return made["keyId"]

    def __call__(self, asked: Asked) -> Answer:
        path = asked.path.partition("?")[0]
        if path.endswith("/oauth2/v2.0/token"):
            return self._token({name: values[0] for name, values in parse_qs(asked.body.decode()).items()})
        if asked.headers.get("authorization") != f"Bearer {RESPONDER}":
            return said(401, {"error": {"code": "InvalidAuthenticationToken", "message": "Access token is empty."}})
        body = json.loads(asked.body or b"{}")
        match asked.method, path:
            case "GET", given if given == APPLICATION:
                return said(200, {"id": "1", "passwordCredentials": list(self.secrets.values()), "keyCredentials": []})
            case "POST", given if given == f"{APPLICATION}/removePassword":
                mine = [value for value, one in self.secrets.items() if one["keyId"] == body["keyId"]]
                if not mine:
                    return said(
                        400, {"error": {"code": "Request_BadRequest", "message": "No password credential found"}}
                    )
                del self.secrets[mine[0]]
                return Answer(204)
            case "POST", given if given == f"{APPLICATION}/addPassword":
                value = f"Ent8Q~{uuid.uuid4().hex}ab"
                wanted = body["passwordCredential"]
                self.add(value, wanted["displayName"], wanted["endDateTime"])
                return said(200, {**self.secrets[value], "secretText": value})
            case "PATCH", given if given == PRINCIPAL:
                self.enabled = body["accountEnabled"]
                return Answer(204)
            case "GET", given if given == PRINCIPAL:
                return said(200, {"id": "2", "accountEnabled": self.enabled})
        return said(404, {"error": {"code": "Request_ResourceNotFound", "message": "no such resource"}})

    def _token(self, form: dict[str, str]) -> Answer:
        assert form["grant_type"] == "client_credentials"
        if not self.enabled:
            return refused(7000112, "Application is disabled.")
        if form["client_secret"] not in self.secrets:
            return refused(7000215, "Invalid client secret provided.")
        return said(200, {"token_type": "Bearer", "expires_in": 3599, "access_token": "visibly-fake-access-token"})


def said(status: int, value: object) -> Answer:
    return Answer(status, json.dumps(value).encode())


def refused(number: int, words: str) -> Answer:
    told = {"error": "invalid_client", "error_description": f"AADSTS{number}: {words}", "error_codes": [number]}
    return said(401, told)
