"""Key servers that speak HKP: what a client gets is what counts, not what the server said."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pysequoia
import pytest

from irkit.errors import BadInput, OutcomeUnknown, StepFailed
from irkit.openpgp import Gpg, generate
from irkit.openpgp.keyblock import KEY_REVOCATION
from irkit.openpgp.keyring import list_ring
from irkit.openpgp.operations import OPERATIONS, Hands
from irkit.openpgp.operations.publishing import standing
from irkit.openpgp.packets import SIGNATURE, signature_packet
from irkit.openpgp.publishing import hkp
from irkit.openpgp.publishing.pair import pair
from irkit.openpgp.publishing.rings import Packet, each_packet
from irkit.openpgp.runner import throwaway_home
from irkit.plan import GpgCommand
from tests.needs import needs
from tests.openpgp.published import Two, client_that_knew, hands, key_in, keys_of_a_module, two_keys
from tests.owners import Owner
from tests.servers.loopback import Answer, Asked, serving
from tests.servers.programs import free_port
from tests.servers.sks import sks_server

publish = OPERATIONS["publish-hkp"]


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    with keys_of_a_module() as made:
        yield made


@pytest.fixture(scope="module")
def sks() -> Iterator[str]:
    with sks_server() as server:
        yield server


@needs("sks", "dirmngr")
def test_both_keys_are_published_once_and_clients_see_it(two: Two, sks: str) -> None:
    command = two.command("publish-hkp", server=sks)
    before = standing(command, hands())
    assert (before.old, before.new) == ("absent", "absent")
    with client_that_knew(two) as home:
        first, second = publish(command, hands()), publish(command, hands())
        assert "is published" in first.what
        assert "already" not in first.what
        assert "already" in second.what
        facts = dict(first.facts)
        assert facts["published"] == "yes"
        assert facts["append_only"] == "yes"
        assert facts["gpg_recv_keys"] == "old key revoked; new key present"
        assert "server_said" not in dict(second.facts)
        Gpg(home).must("a refresh", ["--keyserver", sks, "--refresh-keys"])
        assert key_in(home, two.old.key.primary).revoked
    with throwaway_home() as home:
        Gpg(home).must("a new client", ["--keyserver", sks, "--recv-keys", two.new.key.primary])
        assert key_in(home, two.new.key.primary).usable


def test_a_server_that_says_yes_and_stores_nothing_is_caught(two: Two) -> None:
    def rule(asked: Asked) -> Answer:
        return Answer(200, b"Key block added") if asked.method == "POST" else Answer(404, b"No keys found")

    with serving(rule) as server, pytest.raises(StepFailed, match=r"not published.*neither key.*Key block added"):
        publish(two.command("publish-hkp", server=server.url), hands())
    assert [one.method for one in server.asked].count("POST") == 2


NOT_ANSWERS = {
    "html": Answer(200, b"<!DOCTYPE html><title>Welcome</title>"),
    "404 of a web server": Answer(404, b"<html><h1>404 Not Found</h1></html>"),
    "500": Answer(500, b"oops"),
    "429": Answer(429),
    "another place": Answer(302, headers={"Location": "https://keys.example.test/"}),
    "half a key": Answer(200, b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEZ"),
    "hang-up": None,
}


@needs("dirmngr")
@pytest.mark.parametrize("name", NOT_ANSWERS)
def test_what_is_no_answer_is_unknown_and_never_no(two: Two, name: str) -> None:
    with serving(lambda _asked: NOT_ANSWERS[name]) as server:
        command = two.command("publish-hkp", server=server.url)
        seen = standing(command, hands())
        assert (seen.old, seen.new, seen.old_with_user_id) == ("unknown", "unknown", "unknown")
        assert seen.why
        with pytest.raises(OutcomeUnknown, match="not known"):
            publish(command, hands())


def test_a_server_that_never_answers_is_unknown(two: Two) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        seen = standing(two.command("publish-hkp", server=address), hands(timeout_s=0.2))
    assert (seen.old, seen.new) == ("unknown", "unknown")
    assert "timeout" in seen.why


def test_where_nothing_listens_nothing_was_sent(two: Two) -> None:
    with pytest.raises(StepFailed, match=r"cannot be reached.*nothing was sent"):
        publish(two.command("publish-hkp", server=f"http://127.0.0.1:{free_port()}"), hands())


def test_what_one_lookup_could_not_tell_leaves_the_other_standing(two: Two) -> None:
    def rule(asked: Asked) -> Answer:
        return Answer(200, two.old.certificate.encode()) if two.old.key.primary in asked.path else Answer(503)

    with serving(rule) as server:
        seen = standing(two.command("publish-hkp", server=server.url), hands())
    assert (seen.old, seen.new, seen.published) == ("revoked", "unknown", False)


def test_an_answer_with_another_key_is_not_taken_for_the_key(two: Two) -> None:
    with serving(lambda _asked: Answer(200, two.new.certificate.encode())) as server:
        seen = standing(two.command("publish-hkp", server=server.url), hands())
    assert (seen.old, seen.new) == ("unknown", "present")


def test_a_server_that_strips_user_ids_serves_the_revocation_alone(two: Two) -> None:
    def bare(owner: Owner) -> bytes:
        nobody = ["--export-options", "export-minimal", "--export-filter", "keep-uid=mbox = nobody@invalid.test"]
        return owner.gpg("--armor", *nobody, "--export", owner.key.primary)

    def rule(asked: Asked) -> Answer:
        if asked.method == "POST":
            return Answer(200)
        return Answer(200, bare(two.old if two.old.key.primary in asked.path else two.new))

    with serving(rule) as server:
        done = publish(two.command("publish-hkp", server=server.url), hands())
    facts = dict(done.facts)
    assert (facts["published"], facts["old_standing"], facts["new_with_user_id"]) == ("no", "revoked", "no")
    assert "without its user id" in done.what
    assert [one.method for one in server.asked] == ["GET", "GET"]  # there is nothing more to send


def test_an_old_key_that_stands_there_as_good_is_told(two: Two) -> None:
    def rule(asked: Asked) -> Answer:
        if asked.method == "POST":
            return Answer(200)
        return Answer(200, good if two.old.key.primary in asked.path else two.new.certificate.encode())

    with throwaway_home() as home:
        Gpg(home).must("a test's import", ["--import"], stdin=two.pair.before)
        good = Gpg(home).must("a test's export", ["--armor", "--export"]).stdout
    with serving(rule) as server, pytest.raises(StepFailed, match="old key good; new key present"):
        publish(two.command("publish-hkp", server=server.url), hands())


def test_a_revocation_as_superseded_does_not_pass_for_one(two: Two, make_gpg_home: Callable[[], Path]) -> None:
    home = make_gpg_home()
    soft = Owner(home, generate(home, "Soft <soft@example.test>"))
    answers = b"y\n2\n\ny\n"  # gpg's menu: 2 is "superseded", 0x01 on the wire
    made = Gpg(home).run(["--yes", "--armor", "--gen-revoke", "--", soft.key.primary], stdin=answers, dialogue=True)
    Gpg(home).must("a test's import", ["--import"], stdin=made.stdout)
    with serving(lambda _asked: Answer(200, soft.certificate.encode())) as server:
        keys = pair(home, soft.key.primary, home, None)
        assert hkp.standing_at(server.url, keys, hands().door).old == "soft"  # type: ignore[arg-type]
        with pytest.raises(StepFailed, match="not revoked as compromised"):
            publish(Two(soft, two.new).command("publish-hkp", server=server.url), hands())
        assert [one for one in server.asked if one.method == "POST"] == []


def test_a_forged_revocation_revokes_nothing(two: Two) -> None:
    def spoiled(packet: Packet) -> bytes:
        revokes = packet.tag == SIGNATURE and signature_packet(packet.body).kind == KEY_REVOCATION
        return packet.raw[:-1] + bytes([packet.raw[-1] ^ 1]) if revokes else packet.raw

    forged = b"".join(spoiled(packet) for packet in each_packet(two.pair.old_certificate))
    assert forged != two.pair.old_certificate
    armor = str(pysequoia.armor(forged, pysequoia.ArmorKind.PublicKey)).encode()
    with serving(lambda asked: Answer(200, armor) if two.old.key.primary in asked.path else Answer(404)) as server:
        assert standing(two.command("publish-hkp", server=server.url), hands()).old == "good"


def test_a_designated_revokers_word_does_not_count_for_clients_without_his_key(
    two: Two, make_gpg_home: Callable[[], Path]
) -> None:
    home, revoker = make_gpg_home(), make_gpg_home()
    lost, person = (
        Owner(home, generate(home, "Lost <lost@example.test>")),
        generate(revoker, "Revoker <r@example.test>"),
    )
    Gpg(home).must("a test's import", ["--import"], stdin=Owner(revoker, person).certificate.encode())
    answers = f"addrevoker\n{person.primary}\ny\nsave\n".encode()
    Gpg(home).run(["--yes", "--edit-key", lost.key.primary], stdin=answers, dialogue=True)
    Gpg(revoker).must("a test's import", ["--import"], stdin=lost.certificate.encode())
    args = ["--yes", "--armor", "--desig-revoke", lost.key.primary]
    made = Gpg(revoker).run(args, stdin=b"y\n1\nlost\n\ny\n", dialogue=True)
    Gpg(home).must("a test's import", ["--import"], stdin=made.stdout)
    assert key_in(home, lost.key.primary).revoked
    with serving(lambda _asked: Answer(200, lost.certificate.encode())) as server:
        keys = pair(home, lost.key.primary, home, None)
        assert hkp.standing_at(server.url, keys, hands().door).old == "good"  # type: ignore[arg-type]


@needs("sks", "dirmngr")
def test_a_subkey_alone_is_seen_as_revoked_in_the_key_that_stays(sks: str, make_gpg_home: Callable[[], Path]) -> None:
    home = make_gpg_home()
    owner = Owner(home, generate(home, "Stays <stays@example.test>"))
    fresh = Gpg(home).must("a new subkey", ["--quick-add-key", owner.key.primary, "ed25519", "sign", "90d"])
    answers = f"key {owner.key.signing}\nrevkey\ny\n1\nleaked\n\ny\nsave\n".encode()
    Gpg(home).run(["--yes", "--edit-key", owner.key.primary], stdin=answers, dialogue=True)
    said = (("old_home", str(home)), ("old_key", owner.key.signing), ("server", sks))
    done = publish(GpgCommand("publish-hkp", str(home), owner.key.primary, said), hands())
    assert dict(done.facts)["old_standing"] == "revoked"
    with throwaway_home() as client:
        Gpg(client).must("a new client", ["--keyserver", sks, "--recv-keys", owner.key.primary])
        (entry,) = list_ring(client)
        revoked = {key.fingerprint: key.revoked for key in entry.subkeys}
    assert not entry.primary.revoked
    assert revoked[owner.key.signing]
    assert not revoked[fresh.status[-1].fields[1]]


@needs("sks", "dirmngr")
def test_a_new_key_that_stands_there_without_its_latest_subkey_is_sent_again(
    sks: str, make_gpg_home: Callable[[], Path]
) -> None:
    two = two_keys((make_gpg_home(), make_gpg_home()))
    command = two.command("publish-hkp", server=sks)
    publish(command, hands())
    two.new.gpg("--quick-add-key", two.new.key.primary, "ed25519", "sign", "1y")
    assert standing(command, hands()).new == "outdated"
    done = publish(command, hands())
    assert "already" not in done.what
    assert dict(done.facts)["new_standing"] == "present"


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ("hkp://127.0.0.1", "http://127.0.0.1:11371"), ("hkp://127.0.0.1:80/", "http://127.0.0.1:80"),
        ("hkps://keys.example.test", "https://keys.example.test"), ("https://keys.example.test/", "https://keys.example.test"),
    ],
)  # fmt: skip
def test_a_key_server_is_named_as_gpg_names_it(server: str, url: str) -> None:
    assert hkp.base_url(server) == url


@pytest.mark.parametrize(
    "server", ["", "keys.example.test", "hkp://192.0.2.1", "https://keys.example.test/pks", "https://u:p@k.test"]
)
def test_what_is_no_key_server_or_is_not_encrypted_is_refused(two: Two, server: str) -> None:
    with pytest.raises(BadInput):
        publish(two.command("publish-hkp", server=server), hands())


def test_without_a_door_nothing_is_asked(two: Two) -> None:
    with pytest.raises(BadInput, match="network"):
        publish(two.command("publish-hkp", server="https://keys.example.test"), Hands())


def test_before_the_new_key_is_made_the_standing_is_told_all_the_same(
    two: Two, make_gpg_home: Callable[[], Path]
) -> None:
    with serving(lambda _asked: Answer(404, b"No keys found")) as server:
        command = two.command("publish-hkp", server=server.url)
        seen = standing(replace(command, home=str(make_gpg_home())), hands())
    assert (seen.old, seen.new) == ("absent", "absent")
    assert len(server.asked) == 1
