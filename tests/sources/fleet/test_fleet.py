"""Many repositories: real bare ones, behind an API and git's own HTTP on this machine; the answer never depends on the workers."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from irkit.errors import BadInput, NotAvailable, StepFailed
from irkit.model import Secret, SecretRef
from irkit.network import Door
from irkit.providers.interface import Setting
from irkit.redact import Redactor
from irkit.sources.fleet import Access, Fleet, Target, from_list, from_paths, memory, search, workers
from irkit.sources.fleet.mirrors import mirror_of
from irkit.sources.fleet.organisation import from_organisation
from irkit.sources.hunt import Found
from tests.needs import needs
from tests.servers.loopback import Answer, Asked, Server, serving
from tests.sources.git.conftest import HUNTED, TOKEN, Repo

RESPONDER = "FAKE-responder-token-0123456789"
BASIC = "Basic " + base64.b64encode(f"oauth2:{RESPONDER}".encode()).decode()
REF = SecretRef("env:RESPONDER")
NAMES = ("acme/api", "acme/docs", "acme/shop")


def quiet(_what: str, _done: int, _total: int | None) -> None:
    pass


def find(targets: list[Target], **how: object) -> Found:
    return search(targets, HUNTED, Fleet(**how), quiet)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "irkit"


@pytest.fixture
def bare(tmp_path: Path) -> list[Path]:
    """Three bare repositories as a server keeps them; the token is in the first, and was in the last."""
    made = []
    for name in NAMES:
        work = Repo(tmp_path / "work" / name)
        work.commit("first", {"readme": name})
        if name != "acme/docs":
            work.commit("leak", {"key.env": TOKEN})
        if name == "acme/shop":
            work.commit("gone", {"key.env": None})
        path = tmp_path / "served" / f"{name}.git"
        path.parent.mkdir(parents=True, exist_ok=True)
        work.git("clone", "-q", "--bare", ".", str(path))
        Repo.git(work, f"--git-dir={path}", "update-server-info")
        made.append(path)
    return made


@contextmanager
def hosting(folder: Path, listing: Callable[[str], object] | None = None) -> Iterator[Server]:
    """`/orgs/acme/repos` and `/groups/acme/projects` in two pages, and the repositories as plain files, all for one credential."""

    def rule(asked: Asked) -> Answer:
        parts = urlsplit(asked.path)
        base = f"http://{asked.headers['host']}"
        if parts.path in ("/orgs/acme/repos", "/groups/acme/projects"):
            if asked.headers.get("authorization") != f"Bearer {RESPONDER}":
                return Answer(401, b"{}")
            names = NAMES[2:] if "page=2" in parts.query.split("&") else NAMES[:2]
            link = {} if "page=2" in parts.query.split("&") else {"Link": f'<{base}{parts.path}?page=2>; rel="next"'}
            rows = [
                {"full_name": name, "clone_url": f"{base}/{name}.git"}
                if "orgs" in parts.path
                else {"path_with_namespace": name, "http_url_to_repo": f"{base}/{name}.git"}
                for name in names
            ]
            return Answer(200, json.dumps(rows).encode(), link)
        if asked.headers.get("authorization") != BASIC:
            return Answer(401, b"", {"WWW-Authenticate": "Basic"})
        file = folder / parts.path.lstrip("/")
        return Answer(200, file.read_bytes(), {"Content-Type": "text/plain"}) if file.is_file() else Answer(404)

    with serving(rule) as server:
        yield server


def door() -> Door:
    return Door(lambda _: Secret(RESPONDER), Redactor(()), timeout_s=5)


def access(server: Server) -> Access:
    return Access.of(Setting(server.url, REF), lambda _: Secret(RESPONDER))


def places(found: Found) -> list[tuple[str, bool]]:
    return [(one.git.repository if one.git else one.path, one.live) for one in found.occurrences]


@pytest.mark.parametrize("organisation", ["github:acme", "gitlab:acme"])
def test_every_repository_of_an_organisation_is_listed_mirrored_and_searched(
    organisation: str, bare: list[Path], tmp_path: Path
) -> None:
    with hosting(tmp_path / "served") as server:
        targets, missing = from_organisation(organisation, door(), Setting(server.url, REF))
        assert [target.name for target in targets] == [f"{server.url}/{name}.git" for name in NAMES]
        assert missing == []
        found = find(targets, access=access(server))
    assert places(found) == [(f"{server.url}/acme/api.git", True), (f"{server.url}/acme/shop.git", False)]
    assert found.skipped == ()


def test_a_second_search_fetches_only_what_is_new_and_works_from_the_mirror_when_the_host_is_gone(
    bare: list[Path], tmp_path: Path
) -> None:
    with hosting(tmp_path / "served") as server:
        targets = from_paths([f"{server.url}/acme/docs.git"])
        assert places(find(targets, access=access(server))) == []
        work = Repo(tmp_path / "more")
        work.git("pull", "-q", str(bare[1]), "main")
        work.commit("leak", {"key.env": TOKEN})
        work.git("push", "-q", str(bare[1]), "main")
        work.git(f"--git-dir={bare[1]}", "update-server-info")
        found = find(targets, access=access(server))
        assert places(found) == [(f"{server.url}/acme/docs.git", True)]
    gone = find(targets, access=access(server))
    assert gone.occurrences == found.occurrences
    assert "what was fetched of it before was searched" in gone.skipped[0].why


def test_the_responders_credential_goes_to_its_own_host_alone_and_stands_in_no_file(
    bare: list[Path], tmp_path: Path, cache: Path
) -> None:
    with hosting(tmp_path / "served") as own, hosting(tmp_path / "served") as other:
        targets = from_paths([f"{own.url}/acme/api.git", f"{other.url}/acme/api.git"])
        found = find(targets, access=access(own))
        assert {asked.headers.get("authorization") for asked in other.asked} == {None}
        assert BASIC in {asked.headers.get("authorization") for asked in own.asked}
    assert [item.what for item in found.skipped] == [f"{other.url}/acme/api.git"]
    kept = [path.read_bytes() for path in cache.rglob("*") if path.is_file()]
    assert not [data for data in kept if RESPONDER.encode() in data or BASIC.encode()[6:] in data or data == TOKEN]


def test_what_cannot_be_listed_or_cloned_is_told(tmp_path: Path) -> None:
    with hosting(tmp_path) as server:
        with pytest.raises(StepFailed, match="could not be listed"):
            from_organisation("github:acme", door(), Setting(server.url))
        with pytest.raises(StepFailed, match="could not be listed"):
            from_organisation("github:nobody", door(), Setting(server.url, REF))
        found = find(from_paths([f"{server.url}/acme/none.git"]), access=access(server))
    assert len(found.skipped) == 1
    assert "could not fetch" in found.skipped[0].why


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc",
        "ext::sh -c true",
        "ssh://evil.example/x",
        "https://user:pass@code.example/x",
        "http://code.example/x",
    ],
)
def test_an_address_that_an_api_should_not_name_is_not_cloned(address: str) -> None:
    rule = lambda _: Answer(200, json.dumps([{"full_name": "acme/odd", "clone_url": address}]).encode())  # noqa: E731
    with serving(rule) as server:
        targets, skipped = from_organisation("github:acme", door(), Setting(server.url, REF))
    assert targets == []
    assert [item.what for item in skipped] == ["acme/odd"]
    assert "pass" not in skipped[0].why.replace("password", "")


def test_a_list_names_paths_and_addresses_one_a_line(bare: list[Path], tmp_path: Path) -> None:
    (tmp_path / "list").write_text(f"# ours\n\n{bare[0]}\n  git@code.example:acme/shop.git\n")
    assert [target.name for target in from_list(tmp_path / "list")] == [str(bare[0]), "git@code.example:acme/shop.git"]
    (tmp_path / "list").write_text(f"{bare[0]}\nnowhere\n")
    with pytest.raises(BadInput, match="line 2"):
        from_list(tmp_path / "list")
    (tmp_path / "list").write_text("https://alice:FAKEpass@code.example/x\n")
    with pytest.raises(BadInput, match="line 1") as refused:
        from_list(tmp_path / "list")
    assert "FAKEpass" not in str(refused.value)
    with pytest.raises(BadInput, match="gone"):
        from_list(tmp_path / "gone")


@pytest.mark.parametrize("text", ["acme", "bitbucket:acme", "github:", "github:a b", "github:../x/..?"])
def test_what_names_no_organisation_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        from_organisation(text, door(), Setting("http://127.0.0.1:1", REF))


def test_the_answer_is_the_same_in_the_same_order_whatever_the_workers(bare: list[Path], tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(TOKEN)
    targets = from_paths([str(bare[2]), str(tmp_path / "notes.txt"), str(bare[1]), str(bare[0])])
    alone = find(targets)
    assert places(alone) == [(str(bare[2]), False), (str(tmp_path / "notes.txt"), True), (str(bare[0]), True)]
    assert find(targets, workers=2) == alone


def test_repositories_that_share_a_git_directory_are_told_each_and_forks_too(tmp_path: Path) -> None:
    main = Repo(tmp_path / "main")
    main.commit("leak", {"key.env": TOKEN})
    main.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "tree"))
    main.git("clone", "-q", "--bare", "--shared", ".", str(tmp_path / "fork.git"))
    found = find(from_paths([str(tmp_path / name) for name in ("main", "tree", "fork.git")]))
    in_git = [one.git.repository for one in found.occurrences if one.git]
    assert sorted(in_git) == [str(tmp_path / name) for name in ("fork.git", "main", "tree")]


# A search in a process of its own, so that it can be killed or interrupted while it runs.
SEARCH = """
import os, sys, signal
from pathlib import Path
from irkit.sources.fleet import Fleet, from_paths, search, workers
from tests.sources.git.conftest import HUNTED

real = workers.read_group

def read_group(group, hunted):
    mark = Path(os.environ["MARK"])
    if group[0].endswith("docs.git") and (not mark.exists() or os.environ.get("ALWAYS")):
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return real(group, hunted)

workers.read_group = read_group
workers.read_group.__module__ = "__main__"

if __name__ == "__main__":
    found = search(from_paths(sys.argv[1:]), HUNTED, Fleet(workers=2), lambda *_: None)
    for one in found.occurrences:
        print(one.git.repository, one.live)
    for one in found.skipped:
        print("skipped", one.what, one.why)
"""


@pytest.mark.parametrize("always", [False, True])
def test_a_worker_killed_in_the_middle_changes_nothing_but_what_kills_every_worker_is_told(
    always: bool, bare: list[Path], tmp_path: Path
) -> None:
    script = tmp_path / "killing.py"
    script.write_text(SEARCH)
    environment = os.environ | {"MARK": str(tmp_path / "mark"), "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(
        [sys.executable, str(script), *map(str, bare)], env=environment | ({"ALWAYS": "1"} if always else {}),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert (tmp_path / "mark").exists()
    assert lines[:2] == [f"{bare[0]} True", f"{bare[2]} False"]
    assert [line for line in lines[2:] if "died each time" not in line] == []
    assert len(lines) == (3 if always else 2)


def test_an_interrupted_search_goes_on_where_it_was_and_forgets_at_its_end(
    bare: list[Path], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    targets = from_paths(map(str, bare))
    read: list[str] = []
    real = workers.read_group

    def interrupted(group: tuple[str, ...], hunted: object, *_: object) -> Found:
        if len(read) == 2:
            raise KeyboardInterrupt
        read.append(group[0])
        return real(group, hunted)  # type: ignore[arg-type]

    monkeypatch.setattr(workers, "read_group", interrupted)
    with pytest.raises(KeyboardInterrupt):
        find(targets)
    notes = [path.read_bytes() for path in (cache / "unfinished").rglob("*") if path.is_file()]
    assert len(notes) == 2
    assert not [note for note in notes if TOKEN in note]
    monkeypatch.setattr(workers, "read_group", lambda group, hunted, *_: read.append(group[0]) or real(group, hunted))
    found = find(targets)
    assert read == [str(path) for path in bare]
    assert not list((cache / "unfinished").iterdir())
    monkeypatch.setattr(workers, "read_group", real)
    assert find(targets) == found


def test_what_changed_since_is_read_again_and_a_damaged_note_is_no_note(bare: list[Path], cache: Path) -> None:
    group = (str(bare[1]),)
    notes = memory.Memory(["x"], HUNTED)
    notes.keep(group, Found())
    assert notes.recall(group) == Found()
    assert memory.Memory(["y"], HUNTED).recall(group) is None
    assert memory.Memory(["x"], ()).recall(group) is None
    [note] = (cache / "unfinished").rglob("*.json")
    note.write_text("{")
    assert notes.recall(group) is None
    notes.keep(group, Found())
    (bare[1] / "refs" / "heads" / "new").write_text("0" * 40 + "\n")
    assert notes.recall(group) is None


def test_a_work_tree_is_never_remembered(tmp_path: Path, cache: Path) -> None:
    Repo(tmp_path / "work").commit("first", {"a": "a"})
    memory.Memory(["x"], HUNTED).keep((str(tmp_path / "work"),), Found())
    assert not list((cache / "unfinished").rglob("*.json")) if (cache / "unfinished").exists() else True


def test_ctrl_c_stops_the_workers(bare: list[Path], tmp_path: Path) -> None:
    script = tmp_path / "slow.py"
    script.write_text(SEARCH.replace("os.kill(os.getpid(), signal.SIGKILL)", "signal.pause()"))
    environment = os.environ | {"MARK": str(tmp_path / "mark"), "PYTHONPATH": str(Path.cwd())}
    process = subprocess.Popen(
        [sys.executable, str(script), *map(str, bare)], env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    while not (tmp_path / "mark").exists():
        assert process.poll() is None
        os.sched_yield()
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=60)
    assert b"KeyboardInterrupt" in complaints


@pytest.mark.parametrize("address", ["tcp://scheduler.example:8786", "10.1.2.3:8786", "scheduler.example:8786"])
def test_a_cluster_that_the_needles_would_reach_unencrypted_is_refused(address: str, bare: list[Path]) -> None:
    with pytest.raises(BadInput, match="unencrypted"):
        find(from_paths(map(str, bare)), scheduler=address)


@needs("python:distributed")
def test_on_a_cluster_the_answer_is_the_same_even_when_a_worker_dies(
    bare: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import LocalCluster

    monkeypatch.setenv("MARK", str(tmp_path / "mark"))
    alone = find(from_paths(map(str, bare)))
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True) as cluster:
        assert find(from_paths(map(str, bare)), scheduler=cluster.scheduler_address) == alone
        monkeypatch.setattr(workers, "read_group", dying)
        assert find(from_paths(map(str, bare)), scheduler=cluster.scheduler_address) == alone
    assert (tmp_path / "mark").exists()


def dying(group: tuple[str, ...], hunted: object) -> Found:
    """The first to come here dies, wherever it runs."""
    mark = Path(os.environ["MARK"])
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return _READ(group, hunted)  # type: ignore[arg-type]


_READ = workers.read_group


def test_a_scheduler_that_does_not_answer_is_a_sentence(bare: list[Path]) -> None:
    with pytest.raises(NotAvailable):
        find(from_paths(map(str, bare)), scheduler="tcp://127.0.0.1:9")


def test_mirrors_of_different_addresses_do_not_share_a_folder() -> None:
    assert len({mirror_of(f"https://{host}.example/acme/shop.git") for host in ("a", "b")}) == 2
