"""The door against a real server on this machine: what it sends, what it refuses, what it never shows."""

from __future__ import annotations

import base64
import http.client
import json
import logging
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from irkit.errors import BadInput
from irkit.model import Secret, SecretRef
from irkit.needles import token_needles
from irkit.network import Door
from irkit.network.rest import LARGEST
from irkit.plan import Auth, Call
from irkit.redact import Hidden, Redactor
from tests.servers.loopback import Answer, Asked, serving
from tests.servers.programs import free_port

TOKEN = "visibly-fake-token-0123456789"
OTHER = "another-fake-token-987654321"
VALUES: dict[str, str | bytes] = {
    "env:TOKEN": TOKEN,
    "env:OTHER": OTHER,
    "env:SHORT": "pin7",
    "env:BROKEN": f"{TOKEN}\n",
    "env:BINARY": b"\xff" + TOKEN.encode(),
    "env:PAIR": f"app:{TOKEN}",
}
REF = SecretRef("env:TOKEN")


def resolve(ref: SecretRef) -> Secret:
    return Secret(VALUES[str(ref)])


def door(timeout_s: float = 5) -> Door:
    return Door(resolve, Redactor(), timeout_s)


def echo(asked: Asked) -> Answer:
    """Says everything back: the worst a server can do."""
    said = {"path": asked.path, "headers": asked.headers, "body": asked.body.decode()}
    return Answer(200, json.dumps(said).encode(), {"X-Seen": asked.headers.get("authorization", "")})


SENT = {
    "a bearer token": (Auth("bearer", REF), "authorization", f"Bearer {TOKEN}"),
    "a token under another scheme": (Auth("bearer", REF, scheme="SSWS"), "authorization", f"SSWS {TOKEN}"),
    "a header of its own": (Auth("header", REF, header="PRIVATE-TOKEN"), "private-token", TOKEN),
    "a user and a secret": (
        Auth("basic", REF, user="alice"),
        "authorization",
        "Basic " + base64.b64encode(f"alice:{TOKEN}".encode()).decode(),
    ),
    "a pair in one secret": (
        Auth("basic", SecretRef("env:PAIR")),
        "authorization",
        "Basic " + base64.b64encode(f"app:{TOKEN}".encode()).decode(),
    ),
}


@pytest.mark.parametrize("case", SENT)
def test_an_authorization_arrives_and_never_comes_back(case: str) -> None:
    auth, header, value = SENT[case]
    with serving(echo) as server:
        reply = door().send(Call("GET", f"{server.url}/x", "leaked", auth))
    assert server.asked[0].headers[header] == value
    assert reply.status == 200
    assert TOKEN not in repr(reply)
    assert value.split()[-1] not in repr(reply)
    assert "[redacted env:" in reply.body


def test_references_in_a_form_and_in_a_json_tree_arrive_as_values() -> None:
    form = Call("POST", "", "responder", form=(("token", REF), ("hint", "access_token")))
    tree = Call(
        "POST", "", "nobody", body={"credentials": (REF, SecretRef("env:OTHER")), "deep": {"is": [1, None, True]}}
    )  # type: ignore[dict-item]
    with serving(echo) as server:
        for call in (form, tree):
            reply = door().send(Call(**{**vars(call), "url": f"{server.url}/x"}))
            assert TOKEN not in repr(reply)
            assert OTHER not in repr(reply)
    assert server.asked[0].body.decode() == f"token={TOKEN}&hint=access_token"
    assert json.loads(server.asked[1].body) == {"credentials": [TOKEN, OTHER], "deep": {"is": [1, None, True]}}


def test_query_headers_and_user_agent_are_as_said() -> None:
    with serving(echo) as server:
        door().send(Call("GET", f"{server.url}/x", "nobody", headers=(("Accept", "text/x"),), query=(("a", "1 2"),)))
    assert server.asked[0].path == "/x?a=1+2"
    assert server.asked[0].headers["accept"] == "text/x"
    assert server.asked[0].headers["user-agent"].startswith("irkit/")


def test_what_the_case_knows_is_hidden_under_its_own_label() -> None:
    known = Redactor([Hidden("fp:1234", token_needles(OTHER.encode()))])
    with serving(
        lambda _asked: Answer(200, f'{{"token": "{OTHER}"}}'.encode(), {"Set-Cookie": "session=fake"})
    ) as server:
        reply = Door(resolve, known).send(Call("GET", server.url, "nobody"))
    assert reply.body == '{"token": "[redacted fp:1234]"}'
    assert "set-cookie" not in reply.headers


def test_even_a_short_value_is_hidden() -> None:
    with serving(echo) as server:
        reply = door().send(Call("GET", server.url, "leaked", Auth("bearer", SecretRef("env:SHORT"))))
    assert "pin7" not in repr(reply)


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with serving(lambda _asked: Answer(302, headers={"Location": "/elsewhere"})) as server:
        reply = door().send(Call("GET", f"{server.url}/x", "leaked", Auth("bearer", REF)))
    assert reply.status == 302
    assert [asked.path for asked in server.asked] == ["/x"]


def test_a_netrc_adds_no_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password visibly-fake\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(echo) as server:
        door().send(Call("GET", server.url, "nobody"))
        door().send(Call("GET", server.url, "leaked", Auth("bearer", REF)))
    assert "authorization" not in server.asked[0].headers
    assert server.asked[1].headers["authorization"] == f"Bearer {TOKEN}"


def test_a_proxy_of_the_environment_is_not_told_what_is_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(echo) as proxy, serving(echo) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        door().send(Call("GET", server.url, "leaked", Auth("bearer", REF)))
    assert proxy.asked == []
    assert len(server.asked) == 1


def test_nothing_is_logged_or_printed_even_at_debug(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    caplog.set_level(logging.DEBUG)
    # A token in a path breaks the rule that a URL holds none; should it happen, the log must not keep it.
    with serving(echo) as server:
        door().send(Call("POST", f"{server.url}/{TOKEN}", "leaked", Auth("bearer", REF), form=(("token", REF),)))
    written = caplog.text + "".join(capfd.readouterr())
    assert "POST" in caplog.text
    assert TOKEN not in written


@contextmanager
def mute() -> Iterator[str]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        taken: list[socket.socket] = []

        def take() -> None:
            try:
                while True:
                    taken.append(listening.accept()[0])
            except OSError:
                pass

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
        for one in taken:
            one.close()


@pytest.mark.parametrize("mutates", [False, True])
def test_a_server_that_hangs_may_have_got_the_request(mutates: bool) -> None:
    with mute() as url:
        reply = door(timeout_s=0.3).send(Call("POST", url, "leaked", Auth("bearer", REF), mutates=mutates))
    assert (reply.status, reply.sent, reply.failure) == (None, True, "timeout")


@pytest.mark.parametrize("mutates", [False, True])
def test_a_server_that_hangs_up_may_have_got_the_request_and_is_not_asked_again(mutates: bool) -> None:
    with serving(lambda _asked: None) as server:
        reply = door().send(Call("POST", server.url, "leaked", Auth("bearer", REF), mutates=mutates))
    assert (reply.status, reply.sent, reply.failure) == (None, True, "connection lost")
    assert len(server.asked) == 1


@pytest.mark.parametrize("mutates", [False, True])
def test_a_refused_connection_sent_nothing(mutates: bool) -> None:
    reply = door().send(
        Call("POST", f"http://127.0.0.1:{free_port()}/x", "leaked", Auth("bearer", REF), mutates=mutates)
    )
    assert (reply.status, reply.sent, reply.failure) == (None, False, "refused")


def test_a_host_that_does_not_exist_sent_nothing() -> None:
    reply = door().send(Call("GET", "https://no-such-host.invalid/", "leaked", Auth("bearer", REF)))
    assert (reply.status, reply.sent) == (None, False)


def test_a_certificate_nobody_trusts_stops_the_call_before_anything_is_sent(tmp_path: Path) -> None:
    import ssl

    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "1",
         "-subj", "/CN=localhost"], check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def take() -> None:
            try:
                with context.wrap_socket(listening.accept()[0], server_side=True) as taken:
                    heard.append(taken.recv(100))
            except OSError:
                pass

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        url = f"https://127.0.0.1:{listening.getsockname()[1]}/"
        reply = door().send(Call("POST", url, "leaked", Auth("bearer", REF), mutates=True))
        thread.join(5)
    assert (reply.status, reply.sent) == (None, False)
    assert reply.failure.startswith("tls")
    assert heard == []


def test_a_body_is_cut_at_its_limit_and_no_half_secret_is_left_at_the_cut() -> None:
    body = b"." * (LARGEST - 10) + TOKEN.encode() + b"." * 100_000
    with serving(lambda _asked: Answer(200, body)) as server:
        reply = door().send(Call("GET", server.url, "leaked", Auth("bearer", REF)))
    assert reply.status == 200
    assert len(reply.body) <= LARGEST
    assert TOKEN[:10] not in reply.body


def test_a_body_that_breaks_off_keeps_its_status() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def take() -> None:
            with listening.accept()[0] as taken:
                taken.recv(65_536)
                taken.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\n{")

        threading.Thread(target=take, daemon=True).start()
        reply = door().send(Call("POST", f"http://127.0.0.1:{listening.getsockname()[1]}/", "nobody", mutates=True))
    assert (reply.status, reply.sent) == (202, True)


@pytest.mark.parametrize(("name", "words"), [("env:BROKEN", "line break"), ("env:BINARY", "binary")])
def test_a_value_that_cannot_stand_in_a_header_is_refused_without_being_shown(name: str, words: str) -> None:
    with serving(echo) as server, pytest.raises(BadInput, match=words) as caught:
        door().send(Call("GET", server.url, "leaked", Auth("bearer", SecretRef(name))))
    assert server.asked == []
    error: BaseException | None = caught.value
    while error is not None:
        assert TOKEN not in repr(error)
        error = error.__context__


def test_a_header_that_cannot_be_sent_sent_nothing() -> None:
    with serving(echo) as server:
        reply = door().send(Call("GET", server.url, "nobody", headers=(("X-Note", " two\nlines"),)))
    assert (reply.status, reply.sent) == (None, False)
    assert server.asked == []


# A secret in the address

HOOK = "https://chat.example.org/api/v9/webhooks/1234567890/visibly-fake-hook_0123456789"
VALUES |= {
    "env:HOOK": HOOK,
    "env:STRAY": "https://chat.example.org/other/1/visibly-fake-hook",
    "env:CLIMBS": f"{HOOK}/../../../users/me",
}


def test_a_secret_stands_in_the_address_and_is_shown_nowhere() -> None:
    with serving(echo) as server:
        reply = door().send(Call("GET", f"{server.url}/bot{{secret}}/getMe", "leaked", in_url=REF))
    assert server.asked[0].path == f"/bot{TOKEN}/getMe"
    assert TOKEN not in reply.body


def test_of_a_secret_that_is_an_address_the_end_alone_is_used_and_the_call_says_where_it_goes() -> None:
    with serving(echo) as server:
        reply = door().send(
            Call(
                "DELETE",
                f"{server.url}/api/v10/webhooks/{{secret}}",
                "leaked",
                in_url=SecretRef("env:HOOK"),
                mutates=True,
            )
        )
    assert server.asked[0].path == "/api/v10/webhooks/1234567890/visibly-fake-hook_0123456789"
    assert "visibly-fake-hook_0123456789" not in reply.body


@pytest.mark.parametrize("ref", ["env:STRAY", "env:CLIMBS"])
def test_an_address_of_another_kind_is_refused_and_nothing_is_sent(ref: str) -> None:
    with serving(echo) as server, pytest.raises(BadInput, match="not an address of that kind") as caught:
        door().send(Call("GET", f"{server.url}/webhooks/{{secret}}", "leaked", in_url=SecretRef(ref)))
    assert server.asked == []
    assert "visibly-fake" not in str(caught.value)
