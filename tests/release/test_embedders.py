"""Who embeds or trusts a key, in histories and on disk, found by real keys in the forms that real consumers keep them in."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path

import pytest

from irkit.errors import BadInput
from irkit.model import OpenPgpKey, SecretRef, TrustedIn
from irkit.openpgp.keyblock import read_key
from irkit.release.embedders import remedy, trusted_in
from irkit.release.embedders.sought import wkd_hash
from tests.owners import Owner
from tests.release.test_git_tags import Repo

ARMORED, BINARY, ADDRESS = "armored key", "binary keyring", "address of the key"


@pytest.fixture
def key(owner: Owner) -> OpenPgpKey:
    return read_key(owner.certificate.encode(), SecretRef("id:old"), None)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "tree").mkdir()
    return tmp_path / "tree"


@pytest.fixture
def repo(tmp_path: Path, owner: Owner) -> Repo:
    return Repo(tmp_path / "repo", owner)


def found(
    folder: Path, key: OpenPgpKey, certificate: bytes | None = None, **more: list[str]
) -> dict[str, tuple[str, str]]:
    rows, skipped = trusted_in([folder], key, certificate, **more)
    assert skipped == ()
    return {one.path.removeprefix(f"{folder}/"): (one.how, one.key) for one in rows}


def binary(owner: Owner) -> bytes:
    return owner.gpg("--export", owner.key.primary)


def in_text(tree: Path, owner: Owner, key: OpenPgpKey, text: str) -> list[tuple[str, str]]:
    (tree / "some.txt").write_text(text)
    slow = trusted_in([tree], key)
    assert slow == trusted_in([tree], key, owner.certificate.encode())
    return [(one.how, one.key) for one in slow[0]]


def test_keyrings_of_every_make_are_read(owner: Owner, other: Owner, key: OpenPgpKey, tree: Path) -> None:
    signed_by = "".join(f" {line or '.'}\n" for line in owner.certificate.splitlines())
    (tree / "release.pem").write_text(owner.certificate)
    (tree / "trusted.gpg").write_bytes(binary(other) + binary(owner))
    (tree / "pubring.kbx").write_bytes((owner.home / "pubring.kbx").read_bytes())
    (tree / "acme.sources").write_text(f"Types: deb\nURIs: https://acme.test\nSigned-By:\n{signed_by}")
    (tree / "values.yaml").write_bytes(b"key: " + base64.b64encode(owner.certificate.encode()) + b"\n")
    (tree / "layer.gz").write_bytes(gzip.compress(binary(owner)))
    (tree / "strangers.gpg").write_bytes(binary(other))
    (tree / "strangers.asc").write_text(other.certificate)
    name = key.openpgp
    assert found(tree, key, owner.certificate.encode()) == found(tree, key)
    assert found(tree, key) == {
        "release.pem": (ARMORED, name), "trusted.gpg": (BINARY, name), "pubring.kbx": (BINARY, name),
        "acme.sources": (ARMORED, name), "values.yaml": (ARMORED, name), "layer.gz!layer": (BINARY, name),
    }  # fmt: skip


def test_a_keyring_with_the_subkey_alone_names_the_subkey(owner: Owner, key: OpenPgpKey, tree: Path) -> None:
    bare = OpenPgpKey(SecretRef("id:old"), key.openpgp, None)
    (tree / "some.txt").write_text(f"fingerprint: {owner.key.signing}\n")
    assert trusted_in([tree], bare) == ((), ())
    rows, _ = trusted_in([tree], bare, owner.certificate.encode())
    assert [(one.how, one.key) for one in rows] == [("fingerprint", f"fingerprint {owner.key.signing}")]


def test_names_are_found_in_every_spelling(owner: Owner, key: OpenPgpKey, tree: Path) -> None:
    name = key.openpgp
    spaced = " ".join(name[at : at + 4] for at in range(0, 40, 4))
    assert in_text(tree, owner, key, f"Fingerprint: {spaced}\n") == [("fingerprint", f"Fingerprint {spaced}")]
    assert in_text(tree, owner, key, f"x = '{name.lower()}'") == [("fingerprint", name.lower())]
    assert in_text(tree, owner, key, f"RUN apt-key adv --recv-keys 0x{name[-16:]}") == [
        ("long key id", f"--recv-keys 0x{name[-16:]}")
    ]
    assert in_text(tree, owner, key, f"gpg --recv-keys \\\n   {name} \\\n  --batch") == [
        ("fingerprint", f"--recv-keys {name}")
    ]


def test_a_short_id_counts_only_where_keys_are_spoken_of(owner: Owner, key: OpenPgpKey, tree: Path) -> None:
    short = key.openpgp[-8:]
    assert in_text(tree, owner, key, f"commit {short.lower()} fixes it\n") == []
    assert in_text(tree, owner, key, f"gpg --recv-keys {short}\n") == [("short key id", f"--recv-keys {short}")]
    assert in_text(tree, owner, key, f"see 0x{short}\n") == [("short key id", f"0x{short}")]
    assert in_text(tree, owner, key, f"rpm -e gpg-pubkey-{short.lower()}-61f7\n") == [
        ("short key id", f"gpg-pubkey-{short.lower()}")
    ]


def test_addresses_of_the_key_are_told_without_passwords(owner: Owner, key: OpenPgpKey, tree: Path) -> None:
    (tree / "acme-archive.gpg").write_bytes(binary(owner))
    (tree / "install.sh").write_text("curl -fsS https://bob:hunter2@acme.test/acme-archive.gpg?x=1 | gpg --dearmor\n")
    (tree / "a.list").write_text(
        "deb [arch=amd64 signed-by=/usr/share/keyrings/acme-archive.gpg] https://acme.test x y\n"
    )
    (tree / "a.repo").write_text("[a]\ngpgkey=file:///etc/pki/rpm-gpg/acme-archive.gpg\n")
    (tree / "Dockerfile").write_text("COPY acme-archive.gpg /etc/apt/trusted.gpg.d/\n")
    (tree / "news.txt").write_text("see acme-archive.gpg.sig, or not-acme-archive.gpg\n")
    (tree / "ks.txt").write_text(f"https://keys.test/pks/lookup?op=get&search=0x{key.openpgp[-16:]}\n")
    assert found(tree, key) == {
        "acme-archive.gpg": (BINARY, key.openpgp),
        "install.sh": (ADDRESS, "https://acme.test/acme-archive.gpg?x=1"),
        "a.list": (ADDRESS, "signed-by /usr/share/keyrings/acme-archive.gpg"),
        "a.repo": (ADDRESS, "file:///etc/pki/rpm-gpg/acme-archive.gpg"),
        "Dockerfile": (ADDRESS, "COPY acme-archive.gpg"),
        "ks.txt": (ADDRESS, f"https://keys.test/pks/lookup?op=get&search=0x{key.openpgp[-16:]}"),
    }


def test_the_web_key_directory_and_lookups_by_mail_are_addresses(owner: Owner, key: OpenPgpKey, tree: Path) -> None:
    mail = "releases@example.test"
    url = f"https://openpgpkey.example.test/.well-known/openpgpkey/example.test/hu/{wkd_hash('Releases')}?l=releases"
    assert in_text(tree, owner, key, f"gpg --fetch-keys '{url}'") == [(ADDRESS, url)]
    assert in_text(tree, owner, key, f"gpg --locate-keys {mail}") == [(ADDRESS, f"--locate-keys {mail}")]
    assert in_text(tree, owner, key, f"Write to {mail}") == []
    (tree / "some.txt").write_text("wget https://acme.test/the-key\n")
    assert found(tree, key, addresses=["https://acme.test/the-key"]) == {
        "some.txt": (ADDRESS, "https://acme.test/the-key")
    }


def test_the_hash_of_the_web_key_directory_is_the_drafts_own() -> None:
    assert wkd_hash("Joe.Doe") == "iy9q119eutrkn8s1mk4r39qejnbu3n5q"


def test_a_history_is_read_whole_and_by_release(repo: Repo, owner: Owner, key: OpenPgpKey) -> None:
    repo.git("config", "--unset", "user.signingkey")
    (repo.path / "src").mkdir()
    (repo.path / "src" / "verify.go").write_text(f"const key = `{owner.certificate}`\n")
    repo.git("add", ".")
    repo.git("commit", "-q", "-m", f"trust {key.openpgp}")
    repo.git("tag", "v1")
    (repo.path / "src" / "verify.go").write_text(f"// changed\nconst key = `{owner.certificate}`\n")
    (repo.path / "KEYS").write_bytes(binary(owner))
    repo.git("add", ".")
    repo.git("commit", "-q", "-m", "second")
    repo.git("tag", "-m", "annotated", "v2")
    repo.git("rm", "-q", "KEYS")
    repo.git("commit", "-q", "-m", "third")
    pub = repo.git("hash-object", "-w", "--stdin", given=binary(owner) + b"\n")
    repo.git("tag", "maintainer-pub", pub)
    lost = repo.git("hash-object", "-w", "--stdin", given=owner.certificate.encode() + b"lost\n")
    rows, skipped = trusted_in([repo.path], key)
    assert (rows, skipped) == trusted_in([repo.path], key, owner.certificate.encode())
    assert skipped == ()
    assert {(one.path, one.how, one.line, one.live, one.releases) for one in rows} == {
        ("src/verify.go", ARMORED, 4, True, ("v1", "v2")),
        ("KEYS", BINARY, None, False, ("v2",)),
        (f"object {pub}", BINARY, None, False, ("maintainer-pub",)),
        (f"object {lost}", ARMORED, 3, False, ()),
    }
    assert {one.repository for one in rows} == {str(repo.path)}


def test_a_work_tree_adds_only_what_its_repository_has_not(repo: Repo, owner: Owner, key: OpenPgpKey) -> None:
    (repo.path / "tracked.asc").write_text(owner.certificate)
    repo.git("add", ".")
    repo.git("commit", "-q", "-m", "tracked")
    (repo.path / "untracked.asc").write_text(owner.certificate)
    rows, _ = trusted_in([repo.path], key)
    assert [(one.path, one.repository, one.how) for one in rows] == [
        (f"{repo.path}/.git/config", None, "fingerprint"),
        (f"{repo.path}/untracked.asc", None, ARMORED),
        ("tracked.asc", str(repo.path), ARMORED),
    ]


def test_a_private_key_is_a_leak_and_no_trust(owner: Owner, key: OpenPgpKey, tree: Path) -> None:
    (tree / "secret.gpg").write_bytes(owner.gpg("--export-secret-keys", owner.key.primary))
    assert found(tree, key) == {}


def test_what_an_archive_may_say_is_told_as_unread(key: OpenPgpKey, tree: Path) -> None:
    (tree / "a.gz").write_bytes(gzip.compress(f"gpg --recv-keys {key.openpgp[-8:]}\n".encode()))
    (tree / "b.gz").write_bytes(gzip.compress(f"gpg --recv-keys {key.openpgp}\n".encode()))
    rows, skipped = trusted_in([tree], key)
    assert [(one.path, one.how, one.key) for one in rows] == [(f"{tree}/b.gz!b", "fingerprint", key.openpgp)]
    assert [one.what for one in skipped] == [f"{tree}/a.gz!a"]


def test_a_path_that_is_not_there_is_bad_input(key: OpenPgpKey, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nothing at this path"):
        trusted_in([tmp_path / "missing"], key)


@pytest.mark.parametrize(
    ("path", "how", "says"),
    [
        ("Dockerfile", "long key id", "build the image anew"),
        ("etc/apt/sources.list.d/a.sources", ARMORED, "signed-by"),
        ("etc/yum.repos.d/a.repo", ADDRESS, "rpm -e gpg-pubkey"),
        ("usr/share/keyrings/a.gpg", BINARY, "--delete-keys ABCD"),
        ("src/verify.go", ARMORED, "release every series"),
        (".github/workflows/ci.yml", "fingerprint", "pipeline"),
        ("gradle/verification-metadata.xml", "fingerprint", "build trusts"),
        ("www/.well-known/openpgpkey/a.test/hu/abc", BINARY, "new key first"),
        ("any", "short key id", "fits other keys"),
    ],
)
def test_each_place_has_its_remedy(path: str, how: str, says: str) -> None:
    assert says in remedy(TrustedIn(path, how, "ABCD", live=True))


def test_a_remedy_tells_the_past_from_the_present() -> None:
    many = tuple(f"v{number}" for number in range(7))
    assert "Already released with it: v0, v1" in remedy(TrustedIn("a.go", ARMORED, "A", live=True, releases=many))
    assert "and 2 more" in remedy(TrustedIn("a.go", ARMORED, "A", live=False, releases=many))
    assert "history alone" in remedy(TrustedIn("a.go", ARMORED, "A", live=False))
