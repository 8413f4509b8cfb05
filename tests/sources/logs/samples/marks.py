"""The visibly fake credentials of the samples, in the forms in which logs name them."""

from __future__ import annotations

import base64
import hashlib

HASH = base64.b64encode(hashlib.sha256(b"visibly-fake-token-12345").digest()).decode()
HMAC = "hmac-sha256:" + "ab" * 32
CHILD = "hmac-sha256:" + "cd" * 32
ACCESSOR = "hmac-sha256:" + "ef" * 32
SSH = "SHA256:" + "FAKE" * 10 + "abc"
CA = "SHA256:" + "CAKE" * 10 + "abc"
MD5 = ":".join(["fa"] * 16)
KEY_ID = "fa" * 20
ACCOUNT = "fake@fake-project.iam.gserviceaccount.com"
APP, PRINCIPAL, SECRET_ID = ("00000000-fake-4000-8000-00000000000" + str(n) for n in (1, 2, 3))
UTI = "FAKEutiFAKEutiFAKEuti"
