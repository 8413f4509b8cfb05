"""As fast as a provider allows: when one says to wait, everybody who calls it waits.

`Retry-After` is RFC 9110, 10.2.3: seconds, or a date. GitHub says the same with `x-ratelimit-remaining: 0` and `x-ratelimit-reset`
(seconds since 1970). https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from irkit.plan import Ask, AwsCall, Call
from irkit.providers.interface import Reply

PATIENCE_S = 120.0
"""The longest that is waited for one provider; beyond it a person is told when to come back."""
_UNTOLD_S = 2.0  # when a limit does not say how long


@dataclass
class Pace:
    """Shared by all workers of a run. Times are of the monotonic clock, in seconds."""

    patience_s: float = PATIENCE_S
    _until: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, call: Ask) -> str:
        """Waits until the provider may be called. A sentence instead, when that would take longer than the patience."""
        while True:
            with self._lock:
                left = self._until.get(_host(call), 0.0) - time.monotonic()
            if left <= 0:
                return ""
            if left > self.patience_s:
                return f"not sent: the provider asked to wait another {left:.0f} seconds"
            time.sleep(left)

    def told(self, call: Ask, reply: Reply) -> str:
        """In words when the reply is a limit, which everybody then keeps to; "" for any other."""
        if not is_limit(reply):
            return ""
        seconds = asked_to_wait(reply, datetime.now(UTC))
        with self._lock:
            host = _host(call)
            self._until[host] = max(self._until.get(host, 0.0), time.monotonic() + seconds)
        return f"a limit: asked to wait {seconds:.0f} seconds"


_THROTTLED = frozenset({"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"})
"""AWS says it with 400, in the body. https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""


def _aws_code(reply: Reply) -> str:
    document = reply.json() if reply.status == 400 else None
    error = document.get("Error") if isinstance(document, dict) else None
    return str(error.get("Code", "")) if isinstance(error, dict) else ""


def is_limit(reply: Reply) -> bool:
    """429, AWS's 400 that says so, and 403 or 503 that say when to come back.

    A page of a firewall that says so is no limit of the provider.
    """
    if reply.status == 429 or _aws_code(reply) in _THROTTLED:
        return True
    said = "retry-after" in reply.headers or reply.headers.get("x-ratelimit-remaining") == "0"
    return reply.status in (403, 503) and said and not reply.looks_like_html


def asked_to_wait(reply: Reply, now: datetime) -> float:
    """Seconds from `now` (UTC)."""
    text = reply.headers.get("retry-after", "").strip()
    if text.isdigit():
        return float(text)
    if text:
        try:
            return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
        except (TypeError, ValueError):
            return _UNTOLD_S
    reset = reply.headers.get("x-ratelimit-reset", "")
    return max(0.0, float(reset) - now.timestamp()) if reset.isdigit() else _UNTOLD_S


def _host(call: Ask) -> str:
    if isinstance(call, Call):
        return urlsplit(call.url).netloc
    return f"aws {call.service} {call.endpoint}" if isinstance(call, AwsCall) else call.address
