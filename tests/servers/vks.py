"""A stub of a verifying key server, written after https://keys.openpgp.org/about/api: no package of a real one exists.

It keeps what it is sent and serves a key with those user ids alone whose address was confirmed. `confirm` stands for the person who
opens the mail. What stands here is no proof of what a real server does.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from irkit.openpgp import Gpg
from irkit.openpgp.keyring import list_ring
from tests.servers.loopback import Answer, Asked

TOKEN = "visibly-fake-upload-token"


@dataclass
class VerifyingKeyserver:
    """`home` is a gpg home of its own, which merges what is sent. `mails` are addresses that were written to."""

    home: Path
    confirmed: set[tuple[str, str]] = field(default_factory=set)
    mails: list[str] = field(default_factory=list)
    uploaded: str = ""

    def confirm(self, fingerprint: str, address: str) -> None:
        assert address in self.mails, "nobody asked for that mail"
        self.confirmed.add((fingerprint, address))

    def __call__(self, asked: Asked) -> Answer:
        if asked.method == "POST" and asked.path == "/vks/v1/upload":
            result = Gpg(self.home).run(["--import"], stdin=json.loads(asked.body)["keytext"].encode())
            done = result.first("IMPORT_OK")
            if done is None:
                return _json(400, {"error": "Parsing of key data failed."})
            self.uploaded = done.fields[1]
            return self._states()
        if asked.method == "POST" and asked.path == "/vks/v1/request-verify":
            body = json.loads(asked.body)
            if body["token"] != TOKEN:
                return _json(400, {"error": "Upload token expired or invalid"})
            self.mails += body["addresses"]
            return self._states()
        found = re.fullmatch(r"/vks/v1/by-fingerprint/([0-9A-F]{40})", asked.path)
        if asked.method != "GET" or found is None:
            return _json(404, {"error": "no such endpoint"})
        return self._key(found[1])

    def _states(self) -> Answer:
        status = {mail: self._state(mail) for mail in self._addresses(self.uploaded)}
        return _json(200, {"token": TOKEN, "key_fpr": self.uploaded, "status": status})

    def _state(self, mail: str) -> str:
        if list_ring(self.home, self.uploaded)[0].primary.revoked:
            return "revoked"
        if (self.uploaded, mail) in self.confirmed:
            return "published"
        return "pending" if mail in self.mails else "unpublished"

    def _addresses(self, fingerprint: str) -> list[str]:
        (entry,) = list_ring(self.home, fingerprint)
        return [found[1].decode() for one in entry.user_ids if (found := re.search(rb"<([^<>]+)>\Z", one))]

    def _key(self, fingerprint: str) -> Answer:
        if not list_ring(self.home, fingerprint):
            return Answer(404, b"No key found for fingerprint " + fingerprint.encode(), {"Content-Type": "text/plain"})
        shown = [mail for key, mail in self.confirmed if key == fingerprint] or ["nobody@invalid.test"]
        kept = " || ".join(f"mbox = {mail}" for mail in shown)
        options = ["--export-options", "export-minimal", "--export-filter", f"keep-uid={kept}"]
        block = Gpg(self.home).must("the stub's export", ["--armor", *options, "--export", "--", fingerprint]).stdout
        return Answer(200, block, {"Content-Type": "application/pgp-keys"})


def _json(status: int, document: object) -> Answer:
    return Answer(status, json.dumps(document).encode())
