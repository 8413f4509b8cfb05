"""Events and lines that a machine writes: sshd, web servers, S3's access log."""

from __future__ import annotations

from typing import Any

from tests.sources.logs.samples.marks import CA, MD5, SSH

JOURNALD: dict[str, Any] = {
    "__CURSOR": "s=fake", "__REALTIME_TIMESTAMP": "1772366400250000", "_HOSTNAME": "host",
        "SYSLOG_IDENTIFIER": "sshd-session", "_PID": "9",
    "MESSAGE": f"Accepted publickey for fake from 192.0.2.1 port 4000 ssh2: ED25519 {SSH}",
}  # fmt: skip
WEB_JSON: dict[str, Any] = {
    "time_iso8601": "2026-03-01T13:00:00+01:00", "remote_addr": "192.0.2.1", "remote_user": "", "status": "200",
        "http_referer": "",
    "request": "GET /hook?token=visibly%2Dfake-token-12345 HTTP/1.1", "http_user_agent": "curl/8", "server_name": "example.com",
}  # fmt: skip
CADDY: dict[str, Any] = {
    "level": "info", "ts": 1772366400.25, "logger": "http.log.access", "msg": "handled request", "status": 401,
    "request": {"remote_ip": "192.0.2.1", "method": "GET", "host": "example.com",
        "uri": "/x?access_token=visibly-fake-token-12345"},
}  # fmt: skip

_SAID = f"Accepted publickey for fake from 192.0.2.1 port 4000 ssh2: RSA {SSH}"
TEXT_SAMPLES: dict[str, tuple[str, str]] = {
    "syslog": ("sshd", f"Mar  1 12:00:00 host sshd[123]: {_SAID}"),
    "syslog with priority": ("sshd", f"<86>Mar 11 12:00:00 host sshd[123]: {_SAID}"),
    "syslog, ISO": ("sshd", f"2026-03-01T13:00:00.123456+01:00 host sshd[123]: {_SAID}"),
    "syslog, RFC 5424": ("sshd", f'<86>1 2026-03-01T12:00:00.123Z host sshd 123 - [a@1 b="c\\]"] {_SAID}'),
    "syslog, old fingerprint": (
        "sshd",
        f"Mar  1 12:00:00 host sshd[1]: Accepted publickey for fake from 192.0.2.1 port 4 ssh2: RSA {MD5}",
    ),
    "syslog, certificate": (
        "sshd",
        "Mar  1 12:00:00 host sshd-session[123]: Accepted publickey for fake from 192.0.2.1 port 4000 ssh2: "
        f"ED25519-CERT {SSH} ID fake laptop (serial 7) CA ED25519 {CA}",
    ),
    "syslog, repeated": (
        "sshd",
        "Mar  1 12:00:00 host sshd[123]: message repeated 5 times: [ Failed password for invalid user x from 192.0.2.1 port 4 ssh2]",
    ),
    "syslog, another program": (
        "sshd",
        "Mar  1 12:00:00 host CRON[1]: pam_unix(cron:session): session opened for user root",
    ),
    "combined": (
        "web-access",
        '192.0.2.1 - - [01/Mar/2026:13:00:00 +0100] "GET /hook?token=visibly%2Dfake-token-12345 HTTP/1.1" 200 12 "-" "curl/8"',
    ),
    "common": ("web-access", '192.0.2.1 - fake [01/Mar/2026:12:00:00 +0000] "POST / HTTP/1.0" 404 -'),
    "virtual host": (
        "web-access",
        'example.com:443 2001:db8::1 - visibly-fake-token-12345 [01/Mar/2026:12:00:00 +0000] "GET /r.git HTTP/2.0" 401 9 '
        '"https://example.com/?key=another-fake-token" "git/2"',
    ),
    "cut short": ("web-access", '192.0.2.1 - - [01/Mar/2026:12:00:00 +0000] "GET /hook/visibly-fake-token-12345'),
    "S3": (
        "aws-s3-access",
        "ownerfake fake-bucket [01/Mar/2026:12:00:00 +0000] 192.0.2.1 arn:aws:iam::000000000000:user/fake REQ1 REST.GET.OBJECT a/b.txt "
        '"GET /fake-bucket/a/b.txt?X-Amz-Credential=AKIAFAKEFAKEFAKE0001%2F20260301%2Fus-east-1 HTTP/1.1" 403 AccessDenied 113 - 7 - '
        '"-" "fake/1" - hostid SigV4 ECDHE AuthHeader fake-bucket.s3.amazonaws.com TLSv1.2 - -',
    ),
}
