"""`irkit keys check` on real gpg homes and key ring files: what is printed, and what it ends with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from irkit.openpgp import Gpg, generate, revoke
from irkit.openpgp.bundle import install
from irkit.openpgp.keys import FreshKey, export_public
from tests.openpgp.cards import SERIAL, on_card

USER_ID = "Release Bot <bot@example.test>"


def irkit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "irkit", "keys", "check", *arguments],
        cwd=folder, env=os.environ | {"COLUMNS": "200"}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def document(folder: Path, *arguments: str) -> dict[str, Any]:
    done = irkit(folder, "--format", "json", *arguments)
    assert done.returncode in (0, 1), done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (1 if answer["findings"] else 0)
    return answer


def rules(folder: Path, *arguments: str) -> list[str]:
    return [one["rule"] for one in document(folder, *arguments)["findings"]]


def entry(fingerprint: str, **more: str) -> str:
    said = {"fingerprint": fingerprint, "role": "automation", "owner": "release-bot", **more}
    return "[[keys]]\n" + "".join(f'{name} = "{value}"\n' for name, value in said.items())


def home_entry(path: Path, role: str, owner: str = "") -> str:
    return f'[[homes]]\npath = "{path}"\nrole = "{role}"\nowner = "{owner}"\n'


class Keys:
    """The key set that irkit makes: an offline home, and automation's, and a policy that says so."""

    def __init__(self, make_home: Callable[[], Path], folder: Path) -> None:
        self.offline, self.ci, self.folder = make_home(), make_home(), folder
        self.key: FreshKey = generate(self.offline, USER_ID)
        install(self.offline, self.ci, self.key.signing)
        self.policy()

    def policy(self, *more: str, key: str = "", **limits: str) -> None:
        top = "".join(f"{name} = {value}\n" for name, value in limits.items())
        homes = home_entry(self.offline, "offline") + home_entry(self.ci, "automation", "ci")
        text = top + (key or entry(self.key.primary)) + homes + "".join(more)
        (self.folder / "keys-policy.toml").write_text(text)


@pytest.fixture
def keys(make_gpg_home: Callable[[], Path], tmp_path: Path) -> Keys:
    return Keys(make_gpg_home, tmp_path)


def test_a_fresh_key_set_keeps_to_the_policy(keys: Keys) -> None:
    done = irkit(keys.folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "keeps to the policy" in done.stdout
    assert document(keys.folder) | {"at": ""} == {
        "policy": "keys-policy.toml", "at": "", "keys": 1, "read": [str(keys.offline), str(keys.ci)],
        "findings": [], "skipped": [],
    }  # fmt: skip


def test_as_of_another_day_what_will_have_lapsed_is_said(keys: Keys) -> None:
    lapses = keys.key.expires
    assert rules(keys.folder, "--at", lapses) == ["expired"]
    done = irkit(keys.folder, "--at", lapses)
    assert done.returncode == 1
    assert f"its signing key {keys.key.signing} lapsed on {lapses}" in done.stdout
    assert "PRIVATE" not in done.stdout + done.stderr
    keys.policy(alarm_days="91")
    (finding,) = document(keys.folder)["findings"]
    assert (finding["rule"], finding["severity"], finding["owner"]) == ("expires-soon", "alarm", "release-bot")


def test_automations_key_in_a_persons_home_is_found(keys: Keys, gpg_home: Path) -> None:
    install(keys.offline, gpg_home, keys.key.signing)
    keys.policy(home_entry(gpg_home, "person", "alice"))
    (finding,) = document(keys.folder)["findings"]
    assert finding["rule"] == "automation-key-used-by-person"
    assert f"{gpg_home}, alice's home" in finding["words"]


def test_a_primary_in_automations_home_is_found(keys: Keys) -> None:
    whole = Gpg(keys.offline).must("export", ["--export-secret-keys", keys.key.primary]).stdout
    Gpg(keys.ci).must("import", ["--import"], stdin=whole)
    assert rules(keys.folder) == ["primary-in-automation-home"]


def test_a_key_on_a_persons_card_counts_as_that_persons(keys: Keys, gpg_home: Path) -> None:
    install(keys.offline, gpg_home, keys.key.signing)
    on_card(gpg_home, keys.key.signing)
    assert SERIAL in Gpg(gpg_home).must("list", ["--with-colons", "-K"]).stdout.decode()
    keys.policy(home_entry(gpg_home, "person", "alice"))
    assert rules(keys.folder) == ["automation-key-used-by-person"]


def test_old_habits_are_found_one_by_one(keys: Keys, gpg_home: Path) -> None:
    gpg = Gpg(gpg_home)
    weak = ["--cert-digest-algo", "SHA1", "--quick-gen-key", "Old <old@example.test>", "rsa2048", "sign,cert", "never"]
    made = gpg.must("a test's key", weak).first("KEY_CREATED")
    assert made
    old = made.fields[1]
    keys.policy(entry(old, owner="old-bot"))
    assert rules(keys.folder, "--home", str(gpg_home)) == ["no-expiry", "short-key", "weak-hash", "primary-can-sign"]
    gpg.must("mended", ["--cert-digest-algo", "SHA512", "--quick-set-expire", old, "60d"])
    assert rules(keys.folder, "--home", str(gpg_home)) == ["short-key", "primary-can-sign", "no-successor"]


def test_a_revocation_that_one_place_knows_holds_for_all(keys: Keys, gpg_home: Path) -> None:
    Gpg(gpg_home).must("import", ["--import"], stdin=export_public(keys.offline, keys.key.primary).encode())
    revoke(keys.offline, keys.key.primary, text="leaked")
    (keys.folder / "ring.asc").write_text(export_public(keys.offline, keys.key.primary))
    text = (keys.folder / "keys-policy.toml").read_text()
    (keys.folder / "keys-policy.toml").write_text(text[: text.index("[[homes]]")])
    assert rules(keys.folder, "--home", str(gpg_home)) == []
    assert rules(keys.folder, "--home", str(gpg_home), "--keyring", "ring.asc") == ["revoked-but-listed"]


def test_keys_of_a_project_are_read_from_its_files_in_every_form(keys: Keys, make_gpg_home: Callable[[], Path]) -> None:
    other_home, kept = make_gpg_home(), make_gpg_home()
    stranger = generate(other_home, "Somebody <else@example.test>")
    armored = export_public(keys.offline, keys.key.primary) + export_public(other_home, stranger.primary)
    (keys.folder / "ring.asc").write_text(armored)
    Gpg(kept).must("import", ["--import"], stdin=armored.encode())
    (keys.folder / "ring.gpg").write_bytes(Gpg(kept).must("export", ["--export"]).stdout)
    for file in ("ring.asc", "ring.gpg", str(kept / "pubring.kbx")):
        (finding,) = document(keys.folder, "--keyring", file)["findings"]
        assert (finding["rule"], finding["key"]) == ("not-listed", stranger.primary)
        assert Path(file).name in finding["words"]
        assert "Somebody" in finding["words"]


def test_a_listed_key_that_is_nowhere_is_unknown_and_not_good(keys: Keys) -> None:
    keys.policy(entry("1" * 40, owner="nobody"))
    (finding,) = document(keys.folder)["findings"]
    assert (finding["rule"], finding["severity"], finding["owner"]) == ("nowhere", "unknown", "nobody")


def test_what_was_not_read_is_said(keys: Keys, gpg_home: Path) -> None:
    keys.policy(home_entry(Path("not/here"), "automation"))
    skipped = document(keys.folder, "--home", str(gpg_home))["skipped"]
    assert [one["why"].split(",")[0] for one in skipped] == [
        "the policy does not say whose home it is",
        "the policy names this home",
    ]
    done = irkit(keys.folder)
    assert done.returncode == 0
    assert "1 thing could not be read" in done.stderr
    assert "Not read" in done.stdout


def test_a_key_without_a_user_id_is_not_read_and_not_taken_for_good(keys: Keys) -> None:
    whole = Gpg(keys.offline).must("export", ["--export", keys.key.primary]).stdout
    (keys.folder / "bare.pgp").write_bytes(whole[: 2 + whole[1]])  # the first packet, the primary alone
    text = (keys.folder / "keys-policy.toml").read_text()
    (keys.folder / "keys-policy.toml").write_text(text[: text.index("[[homes]]")])
    answer = document(keys.folder, "--keyring", "bare.pgp")
    assert [one["rule"] for one in answer["findings"]] == ["nowhere"]
    assert "no user id" in answer["skipped"][0]["why"]


def test_a_user_id_of_a_stranger_cannot_pass_for_a_line_of_the_table(keys: Keys, gpg_home: Path) -> None:
    generate(gpg_home, "Eve Å[GNUPG:] GOODSIG <eve@example.test>")
    done = irkit(keys.folder, "--home", str(gpg_home))
    assert done.returncode == 1
    assert "not-listed" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("nowhere.toml",), "no key policy"),
        (("odd.toml",), "line 1"),
        (("--home", "not-there"), "no such gpg home"),
        (("--keyring", "not-there.gpg"), "cannot be read"),
        (("--keyring", "odd.toml"), "holds no OpenPGP key"),
        (("--keyring", "private.asc"), "private key"),
        (("--at", "yesterday"), "not a time"),
        (("--at", "2027-01-01"), "without a zone"),
        (("alone.toml",), "nothing to read keys from"),
    ],
)
def test_what_cannot_be_checked_is_one_sentence_and_ends_with_2(
    keys: Keys, arguments: tuple[str, ...], why: str
) -> None:
    (keys.folder / "odd.toml").write_text("[[keys]\n")
    (keys.folder / "alone.toml").write_text(entry("1" * 40))
    private = Gpg(keys.offline).must("export", ["--armor", "--export-secret-keys", keys.key.primary]).stdout
    (keys.folder / "private.asc").write_bytes(private)
    done = irkit(keys.folder, *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert why in done.stderr
    assert "Traceback" not in done.stderr
    assert private.decode().splitlines()[4] not in done.stdout + done.stderr
