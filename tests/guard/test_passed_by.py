"""What the scanner's rules pass by for its name is searched all the same, and what for its folder is said. The real scanner, real git."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from irkit.guard.hooks.installing import COMMITTING, install, install_receiving, shared, standing
from irkit.guard.scanning.objects import NAMES
from irkit.guard.scanning.search import Wanted, scan_path, scan_range, scan_staged
from tests.guard.known import known_windows
from tests.guard.repositories import Repo, cloned, repository
from tests.guard.test_unknown import never_issued, scans

_NAMES = """
    a.png a.jpg a.jpeg a.gif a.bmp a.svg a.tif a.tiff a.ico a.webp a.eot a.otf a.ttf a.woff a.woff2 a.pdf a.docx a.exe a.dll a.pdb a.bin
    go.mod go.sum go.work go.work.sum yarn.lock package-lock.json npm-shrinkwrap.json pnpm-lock.yaml deno.lock poetry.lock Pipfile.lock
    Cargo.lock composer.lock Gemfile.lock gradle.lockfile gradlew gradlew.bat mvnw mvnw.cmd verification-metadata.xml
    Database.refactorlog .gitleaks.toml gitleaks.toml .gitleaksignore .betterleaks.toml .gitignore .ignore
    jquery.min.js jquery-3.1.js bootstrap.min.js angular.min.js plotly.min.js swagger-ui.js a.min.js a.map a.lock a.sum LICENSE
    a.gem a.gz a.zip a.tar a.jar a.7z a.pyc a.so a.sqlite a.ipynb
"""
PASSED_BY = _NAMES.split()


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Wanted, str]:
    seeking, value = known_windows(tmp_path, monkeypatch)
    return Wanted(rules=False, windows=seeking), value


def named(paths: list[str]) -> set[str]:
    return {path.rpartition("/")[2] for path in paths}


@scans
def test_no_name_hides_a_secret_in_what_is_staged(tmp_path: Path) -> None:
    repo, token = repository(tmp_path / "work"), never_issued()
    for name in PASSED_BY:
        (repo.folder / name).write_text(f"TOKEN={token}\n")
    repo.git("add", "-f", ".")
    assert named([one.place.file for one in scan_staged(repo.folder, Wanted()).stopping]) == set(PASSED_BY)


@scans
def test_nor_does_a_word_or_a_list_that_a_contributor_writes(tmp_path: Path) -> None:
    """Nothing in what is pushed turns the search of it off: no directive of a scanner, no list of what to ignore, no attribute."""
    repo, token = repository(tmp_path / "work"), never_issued()
    first = repo.commit("one")
    words = (
        "kingfisher:ignore",
        "kingfisher:allow",
        "gitleaks:allow",
        "betterleaks:allow",
        "trufflehog:ignore",
        "noqa",
    )
    for number, word in enumerate((*words, "pragma: allowlist secret")):
        repo.put(f"{number}.py", f"# {word}\nTOKEN = '{token}'  # {word}\n# {word}\n")
    for folder in ("", "deep/"):
        for name in (".gitignore", ".ignore", ".kingfisherignore", ".kingfisher.toml", "kingfisher.yaml", ".rgignore"):
            repo.put(f"{folder}{name}", "*\n**\n")
        repo.put(f"{folder}.gitattributes", "* binary -diff filter=lfs export-ignore linguist-generated\n")
    repo.commit("two")
    found = [one.place.file for one in scan_range(repo.folder, f"{first}..HEAD", Wanted()).stopping]
    assert sorted(found) == [f"{number}.py" for number in range(len(words) + 1)]


@scans
def test_nor_in_a_folder_nor_in_the_history_of_a_repository(tmp_path: Path) -> None:
    repo, token = repository(tmp_path / "work"), never_issued()
    repo.put("deep/yarn.lock", f'resolved "https://x:{token}@example.test/"\n')
    first = repo.commit("one")
    assert named([one.place.file for one in scan_path(repo.folder, Wanted()).stopping]) == {"yarn.lock"}
    repo.git("rm", "-q", "-r", "deep")
    repo.commit("two")
    assert [one.place.commit for one in scan_path(repo.folder, Wanted()).stopping] == [first]


@scans
def test_third_party_code_that_the_rules_pass_by_is_said(tmp_path: Path) -> None:
    (tmp_path / "app/node_modules/x").mkdir(parents=True)
    (tmp_path / "app/node_modules/x/a.env").write_text(f"TOKEN={never_issued()}\n")
    (tmp_path / "app/a.txt").write_text("nothing\n")
    scanned = scan_path(tmp_path / "app", Wanted())
    assert (scanned.clean, [one.what for one in scanned.skipped]) == (None, [f"{tmp_path}/app/node_modules"])
    assert "third-party code" in scanned.skipped[0].why


def test_the_new_name_of_a_file_whose_content_was_known_is_searched(tmp_path: Path, ours: tuple[Wanted, str]) -> None:
    wanted, value = ours
    repo = repository(tmp_path / "work")
    repo.put("a", "harmless\n")
    first = repo.commit("one")
    repo.git("mv", "a", value)
    repo.commit("two")
    repo.put(f"odd\n{value}", "as harmless\n")
    second = repo.commit("three")
    assert places(repo, wanted, f"{first}..HEAD~1") == {NAMES}
    assert places(repo, wanted, f"HEAD~1..{second}") == {NAMES}


def test_the_whole_head_of_a_commit_is_searched(tmp_path: Path, ours: tuple[Wanted, str]) -> None:
    """A merge keeps a signed tag in its head, message and all; other programs write entries of their own there."""
    wanted, value = ours
    repo = repository(tmp_path / "work")
    first = repo.commit("one")
    plain = repo.git("cat-file", "commit", first).stdout
    tag = f"object {first}\n type commit\n tag v1\n tagger n <e@example.com> 1 +0000\n \n release {value}\n"
    for entry in (f"mergetag {tag}", f"note {value}\n"):
        head, _, message = plain.partition("\n\n")
        (repo.folder / "commit").write_text(f"{head}\nparent {first}\n{entry}\n{message}")
        made = repo.git("hash-object", "-t", "commit", "--literally", "-w", "commit").stdout.strip()
        assert places(repo, wanted, f"{first}..{made}") == {"(commit message)"}


def places(repo: Repo, wanted: Wanted, text: str) -> set[str]:
    return {one.place.file for one in scan_range(repo.folder, text, wanted).stopping}


@scans
def test_a_branch_that_is_called_after_a_secret_is_not_taken(tmp_path: Path) -> None:
    bare = repository(tmp_path / "origin.git", "--bare")
    work, token = cloned(bare.folder, tmp_path / "work"), never_issued()
    work.commit("one")
    install_receiving(bare.folder)
    refused = work.git("push", "origin", f"HEAD:refs/heads/{token}", check=False)
    assert (refused.returncode, "names of branches and tags" in refused.stderr) == (1, True)
    assert bare.git("for-each-ref").stdout == ""


@scans
def test_where_git_is_told_by_relative_paths_the_hook_finds_it_too(tmp_path: Path) -> None:
    repo, token = repository(tmp_path / "work"), never_issued()
    install(repo.folder)
    repo.put("a.env", f"TOKEN={token}\n")
    told = {"GIT_DIR": "work/.git", "GIT_WORK_TREE": "work"}
    refused = Repo(tmp_path).git("commit", "-m", "x", check=False, **told)
    assert (refused.returncode, "a.env, line 1" in refused.stderr) == (1, True)
    repo.put("a.env", "nothing\n")
    assert Repo(tmp_path).git("commit", "-m", "x", check=False, **told).returncode == 0


def test_in_a_linked_work_tree_the_content_of_git_lfs_is_found(tmp_path: Path, ours: tuple[Wanted, str]) -> None:
    wanted, value = ours
    repo = repository(tmp_path / "work")
    repo.commit("one")
    repo.git("worktree", "add", "-q", "../linked")
    linked = Repo(tmp_path / "linked")
    oid = hashlib.sha256(value.encode()).hexdigest()
    stored = repo.folder / ".git/lfs/objects" / oid[:2] / oid[2:4] / oid
    stored.parent.mkdir(parents=True)
    stored.write_text(value)
    linked.put("a", f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(value)}\n")
    scanned = scan_staged(linked.folder, wanted)
    assert ([one.place.file for one in scanned.stopping], scanned.skipped) == (["a"], ())


def test_a_hooks_folder_that_others_use_too_is_told(tmp_path: Path) -> None:
    repo = repository(tmp_path / "work")
    assert shared(repo.folder, install(repo.folder)[0]) == ""
    repo.git("config", "core.hooksPath", ".githooks")
    assert "names the Python of this machine to everybody" in shared(repo.folder, install(repo.folder)[0])
    repo.git("config", "core.hooksPath", "/dev/null")
    assert standing(repo.folder, COMMITTING).works is False
    repo.git("config", "core.hooksPath", str(tmp_path / "all"))
    assert "every repository that looks there" in shared(repo.folder, install(repo.folder)[0])


def test_a_known_credential_is_found_in_text_as_windows_writes_it(tmp_path: Path, ours: tuple[Wanted, str]) -> None:
    wanted, value = ours
    repo = repository(tmp_path / "work")
    text = f"rem é\nset TOKEN={value}\n"
    for form in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        repo.put(form, text.encode(form))
    repo.put("program", b"MZ" + b"\0" * 3000 + f"\0{value}\0".encode() + b"\0\0\1\2\xff" * 500)
    found = {(one.place.file, one.line) for one in scan_staged(repo.folder, wanted).stopping}
    assert found == {("utf-16", 2), ("utf-16-le", 2), ("utf-16-be", 2), ("utf-32", 2), ("program", 1)}


def test_an_encrypted_archive_is_listed_as_not_searched(tmp_path: Path, ours: tuple[Wanted, str]) -> None:
    repo = repository(tmp_path / "work")
    with zipfile.ZipFile(tmp_path / "open.zip", "w") as archive:
        archive.writestr("a", "nothing\n")
    plain = (tmp_path / "open.zip").read_bytes()
    repo.put("open.zip", plain)
    repo.put("locked.zip", plain[:6] + bytes((plain[6] | 1,)) + plain[7:])
    scanned = scan_staged(repo.folder, ours[0])
    assert [(one.what, "encrypted" in one.why) for one in scanned.skipped] == [("locked.zip", True)]
