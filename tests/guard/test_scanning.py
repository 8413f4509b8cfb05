"""`irkit guard scan` on ranges, folders, logs, notebooks and LFS pointers; what is accepted; what comes out. Real git, the real scanner."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from irkit.errors import BadInput, NotAvailable, StepFailed, WouldLeak
from irkit.guard.gate import Leak
from irkit.guard.scanning import laying
from irkit.guard.scanning.baseline import BASELINE, read
from irkit.guard.scanning.findings import Finding, Place, Scanned
from irkit.guard.scanning.sarif import sarif
from irkit.guard.scanning.search import Wanted, scan_path, scan_range, scan_staged, scan_stream
from irkit.guard.unknown import fingerprint
from irkit.model import Skipped
from irkit.sources import scanner
from tests.guard.known import known_file, known_windows, make_secret
from tests.guard.repositories import Repo, repository
from tests.guard.test_unknown import never_issued, scans
from tests.needs import NODE_MODULES, needs

TODAY = datetime.now(UTC).date()
SOME = "scrypt:" + "0" * 32
SCHEMA = NODE_MODULES / "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"


def entry(finding: str = SOME, reason: str = "an example", until: str = "2999-01-01", more: str = "") -> str:
    return f'[[accepted]]\nfinding = "{finding}"\nreason = "{reason}"\nuntil = {until}\n{more}'


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return repository(tmp_path / "work")


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Wanted, str]:
    """Only the team's own credential is looked for, which takes no scanner; and its value."""
    seeking, value = known_windows(tmp_path, monkeypatch)
    return Wanted(rules=False, windows=seeking), value


def cli(*arguments: str, cwd: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "irkit", "guard", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, **more)


def places(scanned: Scanned) -> list[str]:
    return [f"{one.place.file}:{one.line}" for one in scanned.findings]


def test_of_a_range_what_came_and_went_is_found_with_its_commit(repo: Repo, ours: tuple[Wanted, str]) -> None:
    wanted, value = ours
    repo.put("old", value)
    first = repo.commit()
    repo.put("a b/ü.env", f"x\n{value}\n")
    brought = repo.commit()
    repo.git("rm", "-q", "-r", "a b")
    repo.commit(f"told\n\n{value}")
    found = scan_range(repo.folder, f"{first}..HEAD", wanted)
    assert [(one.place.file, one.line, one.place.commit[:12]) for one in found.findings] == [
        ("(commit message)", 3, repo.git("rev-parse", "HEAD").stdout[:12]),
        ("a b/ü.env", 2, brought[:12]),
    ]
    with pytest.raises(WouldLeak, match="our own deploy token") as refusal:
        found.refuse()
    assert value not in str(refusal.value)


@pytest.mark.parametrize("before", ["0" * 40, "1234567890" * 4, "pushed-away"])
def test_where_a_range_has_no_beginning_all_of_it_is_searched(
    repo: Repo, ours: tuple[Wanted, str], before: str
) -> None:
    wanted, value = ours
    repo.put("old", value)
    repo.commit()
    found = scan_range(repo.folder, f"{before}..", wanted)
    assert places(found) == ["old:1"]
    assert "everything that leads to the other end was searched" in found.notes[0]


@pytest.mark.parametrize("text", ["HEAD", "a...b", "..", "HEAD..nothing"])
def test_what_is_no_range_is_bad_input(repo: Repo, ours: tuple[Wanted, str], text: str) -> None:
    with pytest.raises(BadInput):
        scan_range(repo.folder, text, ours[0])  # nor is there any commit


def test_a_file_that_is_called_after_a_secret_is_not_named_by_it(repo: Repo, ours: tuple[Wanted, str]) -> None:
    wanted, value = ours
    repo.put(f"{value}/{value}.txt", value)
    found = scan_staged(repo.folder, wanted)
    assert len(found.findings) == 2
    assert value not in json.dumps(found.document())
    assert value not in found.view().text()


def test_in_a_folder_too_a_file_that_is_called_after_a_secret_is_not_named_by_it(
    tmp_path: Path, ours: tuple[Wanted, str]
) -> None:
    wanted, value = ours
    folder = tmp_path / "folder"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / f"key-{value}.txt").write_text("nothing\n")
    (folder / "b.txt").write_text("nothing\n")
    found = scan_path(folder, wanted)
    assert [(one.place.file, one.place.within) for one in found.findings] == [
        (f"{folder}/a/key-(hidden).txt", "name of the file")
    ]
    assert value not in json.dumps(found.document()) + found.view().text() + json.dumps(sarif(found))


def test_in_batches_everything_is_searched(
    repo: Repo, ours: tuple[Wanted, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(laying, "BATCH_PIECES", 7)
    wanted, value = ours
    for number in range(40):
        (repo.folder / f"f{number:02}").write_text(value if number % 20 == 19 else str(number))
    (repo.folder / "sub").mkdir()
    (repo.folder / "sub" / "f39").write_text(f"\n{value}")
    repo.git("add", ".")
    assert places(scan_staged(repo.folder, wanted)) == ["f19:1", "f39:1", "sub/f39:2"]


def test_a_merge_of_unrelated_histories_is_searched_as_it_is_staged(repo: Repo, ours: tuple[Wanted, str]) -> None:
    wanted, value = ours
    repo.put("a", "x")
    repo.commit()
    repo.git("checkout", "-q", "--orphan", "other")
    repo.git("rm", "-q", "-rf", ".")
    repo.put("b", value)
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-commit", "--allow-unrelated-histories", "other", check=False)
    assert places(scan_staged(repo.folder, wanted)) == ["b:1"]


def test_an_lfs_pointer_is_followed_where_its_content_is_here(repo: Repo, ours: tuple[Wanted, str]) -> None:
    wanted, value = ours
    oid = hashlib.sha256(value.encode()).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(value)}\n"
    repo.put("large.bin", pointer)
    elsewhere = scan_staged(repo.folder, wanted)
    assert elsewhere.clean is None
    assert elsewhere.skipped == (Skipped("large.bin", "not searched: its content is kept by Git LFS, and is not here"),)
    stored = repo.folder / ".git" / "lfs" / "objects" / oid[:2] / oid[2:4] / oid
    stored.parent.mkdir(parents=True)
    stored.write_text(value)
    assert places(scan_staged(repo.folder, wanted)) == ["large.bin:1"]


def test_submodules_and_binary_files(repo: Repo, ours: tuple[Wanted, str]) -> None:
    wanted, value = ours
    repo.put("image.bin", b"\x89PNG\0\xff" + value.encode() + b"\0\xfe")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    found = scan_staged(repo.folder, wanted)
    assert places(found) == ["image.bin:1"]
    assert found.skipped[0].what == "sub"


@scans
def test_readings_logs_and_archives_are_searched_and_named_by_place(tmp_path: Path) -> None:
    token = never_issued()
    output = {"output_type": "stream", "name": "stdout", "text": ["a\n", f"token {token}\n"]}
    cell = {"cell_type": "code", "source": ["1"], "outputs": [output], "metadata": {}, "execution_count": 1}
    book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "a.ipynb").write_text(json.dumps(book, indent=1))
    events = [json.dumps([number, "o", char]) for number, char in enumerate(f"$ {token}\r\n")]
    (tmp_path / "s.cast").write_text("\n".join(['{"version": 2, "width": 80, "height": 24}', *events]))
    half = len(token) // 2
    stamp = "2026-03-01T10:00:00.0000000Z "
    (tmp_path / "ci.log").write_text(
        f"{stamp}one\n{stamp}two\n{stamp}T={token[:half]}\x1b[1m{token[half:]}\x1b[0m\n{stamp}x\n"
    )
    (tmp_path / "link").symlink_to(tmp_path / "ci.log")
    found = scan_path(tmp_path, Wanted())
    assert [(Path(one.place.file).name, one.place.within, one.line) for one in found.findings] == [
        (
            "a.ipynb",
            "cell 1 output 1",
            next(n for n, line in enumerate((tmp_path / "a.ipynb").read_text().split("\n"), 1) if token in line),
        ),
        ("ci.log", "", 3),
        ("s.cast", "output", None),
    ]
    assert {one.fingerprint for one in found.findings} == {fingerprint(token.encode())}


def test_in_a_log_a_colour_within_a_value_hides_it_from_nobody(tmp_path: Path, ours: tuple[Wanted, str]) -> None:
    wanted, value = ours
    log = tmp_path / "build.log"
    log.write_text(
        f"one\n\x1b[1mtoken\x1b[0m {value[:9]}\x1b[01;31m\x1b[K{value[9:14]}\x1b[m\x1b[K{value[14:]}\n{value}\n"
    )
    found = scan_path(log, wanted)
    assert len(found.findings) == 2
    assert found.findings[-1].line == 3
    assert found.clean is False
    assert value not in json.dumps(found.document())


def test_of_a_repository_what_any_ref_reaches_is_searched_for_our_own(repo: Repo, ours: tuple[Wanted, str]) -> None:
    wanted, value = ours
    assert scan_path(repo.folder, wanted).clean is True  # without a commit
    repo.put("gone.env", value)
    repo.commit()
    repo.git("tag", "before")
    repo.git("rm", "-q", "gone.env")
    repo.git("commit", "-q", "--amend", "--allow-empty", "-m", "x")
    assert [one.place.file for one in scan_path(repo.folder, wanted).findings] == ["gone.env"]


def test_content_that_git_has_not_got_is_said_to_be_unread(repo: Repo, ours: tuple[Wanted, str]) -> None:
    repo.put("a", "x")
    blob = repo.git("rev-parse", ":a").stdout.strip()
    (repo.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    found = scan_staged(repo.folder, ours[0])
    assert found.clean is None
    assert found.skipped[0].what == "a"


def test_a_full_disk_is_a_sentence(repo: Repo, ours: tuple[Wanted, str], monkeypatch: pytest.MonkeyPatch) -> None:
    repo.put("a", "x")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(laying.Laid, "put", full)
    with pytest.raises(StepFailed, match="No space left"):
        scan_staged(repo.folder, ours[0])


def test_standard_input_is_one_file(ours: tuple[Wanted, str]) -> None:
    wanted, value = ours
    found = scan_stream("standard input", iter((b"a\n", value.encode()[:5], value.encode()[5:])), wanted)
    assert places(found) == ["standard input:2"]


BROKEN = {
    "no TOML": ("[[", "not TOML"),
    "no reason": (f'[[accepted]]\nfinding = "{SOME}"\nuntil = 2999-01-01\n', "entry 1: reason"),
    "no date": (f'[[accepted]]\nfinding = "{SOME}"\nreason = "abc"\n', "entry 1: until"),
    "a value": (entry("irkitFAKE-value"), "a value must not stand here"),
    "another entry": (entry() + entry(more='irkitFAKE = "x"\n'), "entry 2: a name that is not shown"),
    "over": (entry(until="2020-01-01"), "accepted no longer"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_baseline_or_one_that_is_over_is_an_error_that_says_so(
    tmp_path: Path, ours: tuple[Wanted, str], case: str
) -> None:
    text, says = BROKEN[case]
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / BASELINE).write_text(text)
    with pytest.raises(BadInput, match=says) as refusal:
        scan_path(tmp_path / "tree", ours[0])
    assert "irkitFAKE" not in str(refusal.value)


def test_what_is_accepted_is_found_and_stops_nothing_until_its_day(
    tmp_path: Path, ours: tuple[Wanted, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("irkit.guard.scanning.search.today", lambda: TODAY)  # midnight may have passed since
    wanted, value = ours
    tree = tmp_path / "tree"
    (tree / "docs").mkdir(parents=True)
    (tree / "docs" / "a.md").write_text(value)
    name = fingerprint(value[: value.rindex("z") + 1].encode())
    (tree / BASELINE).write_text(entry(name, until=str(TODAY), more='path = "docs/*"\n'))
    found = scan_path(tree, wanted)
    found.refuse()
    assert found.clean is True
    assert found.document()["findings"][0]["accepted"] == {"reason": "an example", "until": str(TODAY)}
    (tree / "b.md").write_text(value)
    assert [one.place.file for one in scan_path(tree, wanted).stopping] == [f"{tree}/b.md"]
    assert read("x", entry(until=str(TODAY - timedelta(days=1))).encode(), TODAY).expired


def test_of_a_range_the_list_of_its_beginning_counts(repo: Repo, ours: tuple[Wanted, str]) -> None:
    wanted, value = ours
    list_of_it = entry(fingerprint(value.encode()))
    first = repo.commit()
    repo.put("a", value)
    repo.put(BASELINE, list_of_it)
    second = repo.commit()
    assert scan_range(repo.folder, f"{first}..HEAD", wanted).clean is False
    repo.put("b", f"{value}\n")
    repo.commit()
    assert scan_range(repo.folder, f"{second}..HEAD", wanted).clean is True


@needs("npm:@microsoft/jest-sarif")
def test_sarif_is_valid_and_holds_no_value(repo: Repo, ours: tuple[Wanted, str]) -> None:
    wanted, value = ours
    repo.put("a b/ü%.env", f"x\n{value}\n")
    repo.put(value, "x")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    repo.put(BASELINE, "")
    document = sarif(scan_staged(repo.folder, wanted))
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    run = document["runs"][0]
    assert run["results"][1]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20b/%C3%BC%25.env"},
        "region": {"startLine": 2},
    }
    assert run["invocations"][0]["executionSuccessful"] is False  # the submodule was not searched
    assert value not in json.dumps(document)


@needs("npm:@microsoft/jest-sarif")
def test_sarif_says_what_was_accepted_and_what_not_read() -> None:
    accepted = read(BASELINE, entry().encode(), TODAY).accepted[0]
    finding = Finding(Place("/a", "cell 1", "1" * 40), None, "rule", "", SOME, accepted)
    document = sarif(Scanned("x", (finding,), skipped=(Skipped("b", "why"),)))
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    (result,) = document["runs"][0]["results"]
    assert result["suppressions"] == [{"kind": "external", "status": "accepted", "justification": "an example"}]
    assert document["runs"][0]["invocations"][0]["executionSuccessful"] is False


@needs("npm:@microsoft/jest-sarif")
def test_sarif_of_something_found_and_something_unread_says_both() -> None:
    finding = Finding(Place("a"), 1, "", "ours", SOME)
    leak = Leak(Path("c.txt"), "text", "base64", "fp:x")
    scanned = Scanned("x", (finding,), (leak,), (Skipped("b", "why"),), rules=False)
    document = sarif(scanned)
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    (run,) = document["runs"]
    assert run["invocations"][0]["executionSuccessful"] is False
    told = [one["message"]["text"] for one in run["invocations"][0]["toolExecutionNotifications"]]
    assert told == ["b: why", "No rule looked: known credentials alone were looked for."]
    fingerprints = [one["partialFingerprints"] for one in run["results"]]
    assert fingerprints == [{"irkitGuard/v1": f"{SOME}:a"}, {"irkitCase/v1": "fp:x:base64:text:c.txt"}]
    assert sarif(scanned) == document


def test_without_the_scanner_known_credentials_are_found_and_nothing_found_is_no_clean_result(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner.shutil, "which", lambda _name: None)
    monkeypatch.setattr(scanner.sys, "executable", "/nowhere/python")
    seeking, value = known_windows(tmp_path, monkeypatch)
    repo.put("a", "x")
    with pytest.raises(NotAvailable, match=r"ip install 'kingfisher.*the extra scan.*--no-rules"):
        scan_staged(repo.folder, Wanted(windows=seeking))
    assert scan_staged(repo.folder, Wanted(rules=False, windows=seeking)).clean is True
    repo.put("a", value)
    assert scan_staged(repo.folder, Wanted(windows=seeking)).clean is False


def test_a_repository_without_commits(repo: Repo, ours: tuple[Wanted, str]) -> None:
    assert scan_staged(repo.folder, ours[0]).clean is True
    with pytest.raises(BadInput, match="no commit here"):
        scan_range(repo.folder, "main..HEAD", ours[0])


def test_the_command_line_ends_with_its_codes_and_shows_no_value(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, value = known_file(tmp_path, monkeypatch, make_secret())
    options = ("--no-rules", "--known", str(file), "--known-key", "env:TEAM_KEY")
    repo.put("a", f"\n{value}")
    for form in ("table", "json", "sarif"):
        ended = cli("scan", "--staged", *options, "--format", form, cwd=repo.folder)
        assert ended.returncode == 4, ended.stderr
        assert "our own deploy token" in ended.stdout + ended.stderr
        assert value not in ended.stdout + ended.stderr
    for number in range(7):
        repo.put(f"f{number}", value)
    many = cli("scan", "--staged", *options, cwd=repo.folder)
    assert many.returncode == 4
    assert [name for name in map("f{}".format, range(7)) if name not in many.stdout] == []
    assert value not in many.stdout + many.stderr
    assert cli("scan", "--staged", "--range", "a..b", cwd=repo.folder).returncode == 2
    assert cli("scan", "--staged", "--no-rules", cwd=repo.folder).returncode == 2
    assert cli("scan", "nowhere", *options, cwd=repo.folder).returncode == 2
    assert cli("scan", "-", *options, cwd=repo.folder, input="x\n").returncode == 0
    assert cli("known", "list", str(file), cwd=repo.folder).stdout.count("deploy token") == 1
    assert cli("known", "remove", "deploy token", "--from", str(file), cwd=repo.folder).returncode == 0
    assert cli("scan", "--staged", *options, cwd=repo.folder).returncode == 2  # the file knows none any more


def test_content_may_be_anything(ours: tuple[Wanted, str]) -> None:
    wanted, _ = ours
    for data in (
        b'{"cells": [1, {}], "metadata": 3',
        b'{"version": 2, "width": 1}\nnot json',
        b"Script started on \x1b[",
        b"",
    ):
        assert scan_stream("x", iter((BytesIO(data).read(),)), wanted).findings == ()
