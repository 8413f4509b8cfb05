"""Google's token endpoint and IAM with a memory. A signature is checked by google-auth, with the key's public half."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs

from irkit.providers.gcp_format import ServiceAccountKey, never_issued, service_account_key
from tests.servers.loopback import Answer, Asked

RESPONDER = "visibly-fake-access-token"


@dataclass
class Google:
    """`keys` are those it has issued, by resource name: the public half and whether it is disabled."""

    keys: dict[str, dict[str, object]] = field(default_factory=dict)
    accounts: dict[str, bool] = field(default_factory=dict)  # by resource name: disabled
    fault: Literal["", "clock", "firewall", "hangs up"] = ""

    def issue(self) -> str:
        """The JSON of a fresh key, of an account of its own."""
        text = never_issued()
        self._keep(text)
        return text

    def _keep(self, text: str) -> ServiceAccountKey:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

        key = service_account_key(text)
        assert key is not None
        public = load_pem_private_key(key.private_key.encode(), None).public_key()
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.keys[key.name] = {
            "name": key.name,
            "pem": pem,
            "disabled": False,
            "validAfterTime": "2026-03-01T00:00:00Z",
        }
        self.accounts.setdefault(key.account, False)
        return key

    def __call__(self, asked: Asked) -> Answer | None:
        if self.fault == "firewall":
            return Answer(403, b"<!DOCTYPE html><title>Denied</title>", {"Content-Type": "text/html"})
        if asked.path == "/token":
            return self._token(asked)
        if asked.headers.get("authorization") != f"Bearer {RESPONDER}":
            return said(401, {"error": {"code": 401, "message": "invalid authentication credentials"}})
        answer = self._iam(asked, asked.path.partition("?")[0].removeprefix("/v1/"))
        return None if self.fault == "hangs up" and asked.method != "GET" else answer

    def _token(self, asked: Asked) -> Answer:
        from google.auth import exceptions, jwt

        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        head, claims, _, _ = jwt._unverified_decode(form["assertion"])
        account = next((name for name in self.accounts if name.endswith(f"/{claims['iss']}")), "")
        key = self.keys.get(f"{account}/keys/{head['kid']}")
        if self.fault == "clock":
            return grant("Invalid JWT: Token must be a short-lived token and in a reasonable timeframe.")
        if not account:
            return grant("Invalid grant: account not found")
        if key is None or key["disabled"]:
            return grant("Invalid JWT Signature.")
        try:
            jwt.decode(form["assertion"], certs=key["pem"], audience=f"http://{asked.headers['host']}/token")
        except (exceptions.GoogleAuthError, ValueError):
            return grant("Invalid JWT Signature.")
        if self.accounts[account]:
            return grant("Invalid grant: account disabled")
        assert claims["exp"] - claims["iat"] <= 3600
        return said(200, {"id_token": "visibly-fake-identity-token"})

    def _iam(self, asked: Asked, path: str) -> Answer:
        name, _, verb = path.partition(":")
        disables = asked.method == "POST" and verb == "disable"
        if disables and name in self.accounts:
            self.accounts[name] = True
            return said(200, {})
        if disables and name in self.keys:
            self.keys[name]["disabled"] = True
            return said(200, {})
        if asked.method == "DELETE" and name in self.keys:
            del self.keys[name]
            return said(200, {})
        if asked.method == "POST" and name.endswith("/keys"):
            return self._create(name.removesuffix("/keys"))
        if name in self.accounts:
            return said(200, {"name": name, "email": name.rpartition("/")[2], "disabled": self.accounts[name]})
        if name.endswith("/keys"):
            shown = [self._shown(key) for key in self.keys if key.startswith(name)]
            return said(200, {"keys": shown} if shown else {})
        if name in self.keys:
            return said(200, self._shown(name))
        return said(
            404, {"error": {"code": 404, "message": f"Unknown service account key {name}", "status": "NOT_FOUND"}}
        )

    def _shown(self, name: str) -> dict[str, object]:
        return {part: value for part, value in self.keys[name].items() if part != "pem"}

    def _create(self, account: str) -> Answer:
        document = json.loads(never_issued())
        document |= {"project_id": account.split("/")[1], "client_email": account.rpartition("/")[2]}
        text = json.dumps(document, indent=2)
        key = self._keep(text)
        data = base64.b64encode(text.encode()).decode()
        return said(200, {"name": key.name, "privateKeyData": data, "validBeforeTime": "9999-12-31T23:59:59Z"})


def said(status: int, value: object) -> Answer:
    return Answer(status, json.dumps(value).encode())


def grant(words: str) -> Answer:
    return said(400, {"error": "invalid_grant", "error_description": words})
