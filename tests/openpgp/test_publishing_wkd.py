"""Web Key Directories: new key first, the old one revoked after it, seen by clients that ask as mail programs do."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irkit.errors import BadInput, OutcomeUnknown, StepFailed
from irkit.openpgp import Gpg, generate
from irkit.openpgp.operations import OPERATIONS, Hands
from irkit.openpgp.operations.publishing import standing
from irkit.openpgp.publishing.rings import each_packet, primaries
from irkit.openpgp.publishing.wkd import Directory, composed, hashed, minimal, zbase32
from irkit.openpgp.runner import throwaway_home
from tests.needs import needs
from tests.openpgp.published import ADDRESS, Two, client_that_knew, hands, key_in, keys_of_a_module, two_keys
from tests.servers.loopback import Answer, serving
from tests.servers.wkd import DIRECT, DOMAIN, Web, web_server

publish = OPERATIONS["publish-wkd"]
LOCATE = ("--auto-key-locate", "clear,nodefault,wkd", "--with-colons", "--locate-external-keys", ADDRESS)


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    with keys_of_a_module() as made:
        yield made


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with web_server() as started:
        yield started


def test_the_drafts_own_examples() -> None:
    """draft-koch-openpgp-webkey-service, section 3.1 and the key it prints; z-base-32's own in RFC 6189 terms."""
    where = Directory("Joe.Doe@Example.ORG")
    assert hashed("Joe.Doe") == hashed("joe.doe") == "iy9q119eutrkn8s1mk4r39qejnbu3n5q"
    assert where.url("https://openpgpkey.example.org") == (
        "https://openpgpkey.example.org/.well-known/openpgpkey/example.org/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=Joe.Doe"
    )
    assert Directory("Joe.Doe@Example.ORG", "direct").url("https://example.org/") == (
        "https://example.org/.well-known/openpgpkey/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=Joe.Doe"
    )


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"", ""), (b"\0", "yy"), (b"\xf0\xbf\xc7", "6n9hq"), (b"\xd4\x7a\x04", "4t7ye"), (b"\xff" * 5, "99999999")],
)
def test_z_base_32(data: bytes, text: str) -> None:
    assert zbase32(data) == text


@needs("/usr/lib/gnupg/gpg-wks-client")
@pytest.mark.parametrize("local", ["Joe.Doe", "releases", "a+b_c-d", "0", "UPPER"])
def test_names_of_files_are_those_of_gnupg(local: str) -> None:
    said = subprocess.run(
        ["/usr/lib/gnupg/gpg-wks-client", "--print-wkd-hash", f"{local}@example.org"], capture_output=True, check=True
    )
    assert said.stdout.split()[0].decode() == hashed(local)


@given(st.binary(max_size=64))
def test_z_base_32_keeps_every_bit(data: bytes) -> None:
    digits = "ybndrfg8ejkmcpqxot1uwisza345h769"
    bits = "".join(f"{digits.index(letter):05b}" for letter in zbase32(data))
    assert bits[: len(data) * 8] == "".join(f"{byte:08b}" for byte in data)


@needs("nginx", "dirmngr")
def test_clients_are_shown_the_new_key_and_learn_that_the_old_one_is_revoked(two: Two, web: Web) -> None:
    url = web.url(Directory(ADDRESS).host)
    command = two.command("publish-wkd", out=str(web.root), address=ADDRESS, verify_url=url)
    first, second = web.carry_out(command), web.carry_out(command)
    assert "is published at" in first.what
    assert "already" in second.what
    assert dict(first.facts)["old_standing"] == "revoked"
    with client_that_knew(two) as home:
        if web.tls:
            assert dict(first.facts)["shown_first"] == two.new.key.primary
            shown = web.run("gpg", "--batch", "--homedir", str(home), *LOCATE)
            assert f"fpr:::::::::{two.new.key.primary}:".encode() in shown
        else:
            web.run("gpg", "--batch", "--homedir", str(home), "--fetch-keys", Directory(ADDRESS).url(url))
        assert key_in(home, two.old.key.primary).revoked


@needs("nginx", "dirmngr")
def test_a_site_under_another_address_is_asked_for_the_file_itself(two: Two, web: Web) -> None:
    command = two.command("publish-wkd", out=str(web.root), address=ADDRESS, method="direct", verify_url=web.plain)
    facts = dict(web.carry_out(command).facts)
    assert facts["published"] == "yes"
    assert facts["shown_first"] == two.new.key.primary


@needs("nginx", "dirmngr")
def test_a_domain_without_a_host_of_that_name_is_asked_directly(web: Web, make_gpg_home: Callable[[], Path]) -> None:
    address = f"bot@{DIRECT}"
    two = two_keys((make_gpg_home(), make_gpg_home()), f"Old <{address}>", f"New <{address}>")
    done = web.carry_out(
        two.command("publish-wkd", out=str(web.root), address=address, method="direct", verify_url=web.url(DIRECT))
    )
    assert "is published at" in done.what
    assert dict(done.facts)["shown_first"] == two.new.key.primary


@needs("nginx", "dirmngr")
def test_files_at_a_place_that_clients_never_ask_are_not_published(two: Two, web: Web) -> None:
    if not web.tls:
        assert Directory(ADDRESS, "direct").is_where_clients_ask(f"https://{DOMAIN}")  # and they would ask by name
        return
    command = two.command(
        "publish-wkd", out=str(web.root / "x"), address=ADDRESS, method="direct", verify_url=f"https://{DOMAIN}"
    )
    subprocess.run(["rm", "-rf", str(web.root / ".well-known")], check=True)
    with pytest.raises(StepFailed, match=f"clients ask openpgpkey.{DOMAIN}"):
        web.carry_out(command)


@needs("nginx", "dirmngr")
def test_a_folder_that_is_not_deployed_is_not_called_published(two: Two, web: Web, tmp_path: Path) -> None:
    command = two.command(
        "publish-wkd", out=str(tmp_path / "www"), address=ADDRESS, verify_url=f"{web.plain}/elsewhere"
    )
    with pytest.raises(StepFailed, match=r"not published.*404.*[Dd]eploy"):
        web.carry_out(command)
    assert (tmp_path / "www" / Directory(ADDRESS).file).is_file()


@needs("nginx", "dirmngr")
def test_a_site_that_still_serves_the_old_key_as_good_is_not_called_published(
    two: Two, web: Web, tmp_path: Path
) -> None:
    served = web.root / "stale" / Directory(ADDRESS).file
    served.parent.mkdir(parents=True)
    served.write_bytes(two.pair.before)
    command = two.command("publish-wkd", out=str(tmp_path), address=ADDRESS, verify_url=f"{web.plain}/stale")
    with pytest.raises(StepFailed, match="old key good; new key absent"):
        web.carry_out(command)


@needs("nginx", "dirmngr")
def test_a_site_that_puts_another_key_first_is_not_called_published(two: Two, web: Web, tmp_path: Path) -> None:
    served = web.root / "turned" / Directory(ADDRESS).file
    served.parent.mkdir(parents=True)
    served.write_bytes(two.pair.old_certificate + two.pair.new_certificate)
    command = two.command("publish-wkd", out=str(tmp_path), address=ADDRESS, verify_url=f"{web.plain}/turned")
    with pytest.raises(StepFailed, match=f"another key first.*{two.old.key.primary}"):
        web.carry_out(command)


@needs("nginx", "dirmngr")
def test_the_revocation_alone_is_not_called_a_published_key(web: Web, make_gpg_home: Callable[[], Path]) -> None:
    address = "old@example.test"
    two = two_keys((make_gpg_home(), make_gpg_home()), old_id=f"Old <{address}>")
    url = web.url(f"openpgpkey.{DOMAIN}")
    done = web.carry_out(two.command("publish-wkd", out=str(web.root), address=address, verify_url=url))
    assert "is revoked at" in done.what
    assert "published" not in done.what
    assert dict(done.facts)["published"] == "no"


@needs("dirmngr")
@pytest.mark.parametrize(
    "answer", [Answer(500), Answer(200, b"<html>welcome</html>"), None], ids=["500", "html", "hang-up"]
)
def test_a_web_server_that_cannot_answer_leaves_it_unknown(two: Two, tmp_path: Path, answer: Answer | None) -> None:
    with serving(lambda _asked: answer) as server:
        command = two.command("publish-wkd", out=str(tmp_path), address=ADDRESS, verify_url=server.url)
        seen = standing(command, hands())
        assert (seen.old, seen.new) == ("unknown", "unknown")
        with pytest.raises(OutcomeUnknown):
            publish(command, hands())


def test_without_an_address_to_ask_it_is_written_and_not_called_published(two: Two, tmp_path: Path) -> None:
    command = two.command("publish-wkd", out=str(tmp_path), address=ADDRESS)
    done = publish(command, Hands())
    where = Directory(ADDRESS)
    path = tmp_path / where.file
    assert primaries(path.read_bytes()) == (two.new.key.primary, two.old.key.primary)
    assert (tmp_path / where.folder / "policy").read_bytes() == b""
    facts = dict(done.facts)
    assert facts["published"] == "unknown"
    assert facts["still_to_do"].startswith("deploy")
    assert "once" in done.what
    content = path.read_bytes()
    assert "already" in publish(command, Hands()).what
    assert path.read_bytes() == content
    assert standing(command, Hands()).published


def test_a_file_in_the_wrong_order_is_put_right_and_other_keys_stay(
    two: Two, tmp_path: Path, make_gpg_home: Callable[[], Path]
) -> None:
    home, path = make_gpg_home(), tmp_path / Directory(ADDRESS).file
    third = generate(home, f"Earlier <{ADDRESS}>").primary
    parts = (two.pair.old_certificate, minimal(home, third, ADDRESS), two.pair.new_certificate)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"".join(parts))
    publish(two.command("publish-wkd", out=str(tmp_path), address=ADDRESS), Hands())
    assert primaries(path.read_bytes()) == (two.new.key.primary, two.old.key.primary, third)
    assert path.read_bytes().endswith(parts[1])


def test_the_new_key_stands_first_whatever_stood_there(two: Two) -> None:
    new, old = two.pair.new_certificate, two.pair.old_certificate
    for standing_there in (b"", old, new, old + new, new + old, old + old):
        assert primaries(composed(new, old, standing_there)) == (two.new.key.primary, two.old.key.primary)


def test_only_the_user_id_of_that_address_is_published(make_gpg_home: Callable[[], Path], tmp_path: Path) -> None:
    two = two_keys((make_gpg_home(), make_gpg_home()))
    two.new.gpg("--quick-add-uid", two.new.key.primary, "Private <private@home.test>")
    publish(two.command("publish-wkd", out=str(tmp_path), address=ADDRESS), Hands())
    block = (tmp_path / Directory(ADDRESS).file).read_bytes()
    assert {packet.body for packet in each_packet(block) if packet.tag == 13} == {
        two.new.key.user_id.encode(), two.old.key.user_id.encode(),
    }  # fmt: skip


def test_an_address_of_the_old_key_alone_gets_its_revocation(make_gpg_home: Callable[[], Path], tmp_path: Path) -> None:
    two = two_keys((make_gpg_home(), make_gpg_home()), old_id="Old <old@example.test>")
    done = publish(two.command("publish-wkd", out=str(tmp_path), address="old@example.test"), Hands())
    assert primaries((tmp_path / Directory("old@example.test").file).read_bytes()) == (two.old.key.primary,)
    assert dict(done.facts)["old_standing"] == "revoked"


@pytest.mark.parametrize(
    "user_id",
    [
        f"Rel \N{LATIN CAPITAL LETTER A WITH RING ABOVE}[GNUPG:] GOODSIG 0123456789ABCDEF Victim <{ADDRESS}>",
        f"\N{RIGHT-TO-LEFT MARK}Releases <{ADDRESS}>",
        f"published revoked pub:u:255:22 <{ADDRESS}>",
        f"-----BEGIN PGP PUBLIC KEY BLOCK----- <{ADDRESS}>",
    ],
    ids=["status words", "another direction", "listing", "armor"],
)
def test_a_user_id_passes_for_nothing(make_gpg_home: Callable[[], Path], tmp_path: Path, user_id: str) -> None:
    homes = make_gpg_home(), make_gpg_home()
    two = two_keys(homes)
    two.old.gpg("--quick-add-uid", two.old.key.primary, user_id)
    done = publish(two.command("publish-wkd", out=str(tmp_path), address=ADDRESS), Hands())
    assert (dict(done.facts)["old_standing"], dict(done.facts)["new_standing"]) == ("revoked", "present")
    ring = tmp_path / "KEYS"
    ring.write_bytes(two.old.certificate.encode())
    done = OPERATIONS["publish-keyring"](two.command("publish-keyring", path=str(ring), old="revoked"), Hands())
    assert primaries(ring.read_bytes()) == (two.new.key.primary, two.old.key.primary)
    assert user_id not in repr(done.what)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "releases",
        "a@b",
        "a b@example.test",
        "a&&uid=~x@example.test",
        "../x@example.test/..",
        "a@-x.test",
        "a@b.test\n",
    ],
)
def test_what_is_no_plain_address_is_refused(two: Two, tmp_path: Path, address: str) -> None:
    with pytest.raises(BadInput, match="mail address"):
        publish(two.command("publish-wkd", out=str(tmp_path), address=address), Hands())
    assert not (tmp_path / ".well-known").exists()


def test_a_key_that_is_not_revoked_yet_is_not_published_beside_the_new_one(
    make_gpg_home: Callable[[], Path], tmp_path: Path
) -> None:
    two = two_keys((make_gpg_home(), make_gpg_home()))
    before = make_gpg_home()
    Gpg(before).must("a test's import", ["--import"], stdin=two.pair.before)
    command = two.command("publish-wkd", out=str(tmp_path), address=ADDRESS, old_home=str(before))
    with pytest.raises(StepFailed, match="not revoked"):
        publish(command, Hands())
    assert not (tmp_path / ".well-known").exists()


def test_a_home_without_the_old_key_is_named(two: Two, tmp_path: Path) -> None:
    with throwaway_home() as empty, pytest.raises(StepFailed, match="not in the gpg home"):
        publish(two.command("publish-wkd", out=str(tmp_path), address=ADDRESS, old_home=str(empty)), Hands())
