"""Hostile texts where strangers put them: in a repository, logs, a scanner's report, archives and a playbook, through the real readers."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

from irkit.case import oneoff
from irkit.case.exposure import alerts, located
from irkit.errors import BadInput
from irkit.playbook import read_playbook, showing
from irkit.playbook.cacao import read_cacao, to_cacao
from irkit.playbook.check import check_playbook
from irkit.show import View
from tests.hostile import EVERY, FAMILIES, Case
from tests.hostile.test_renderings import ACTS, Page
from tests.sources.alerts.reports import TOKEN, sarif
from tests.sources.logs.samples import CLOUDTRAIL, GITHUB

KEY = "AKIAFAKEFAKEFAKE0001"
USABLE = [case for case in EVERY if case.short and case.text.strip()]


def harmless(view: View) -> None:
    """Nothing of it acts, in any of its forms."""
    for shown in (view.text(), view.html(), view.markdown()):
        assert not ACTS.search(shown)
    named = {tag for tag, _ in Page(view.html()).tags}
    assert named <= {
        *(
            "section",
            "style",
            "h3",
            "div",
            "table",
            "caption",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "span",
            "p",
            "strong",
            "ol",
            "li",
            "time",
            "code",
        ),
        *("details", "summary", "a", "figure", "img", "figcaption"),
    }
    assert all(
        (attributes.get("href") or "#").startswith(("#", "https://github.example/"))
        for _, attributes in Page(view.html()).tags
    )


def as_bytes(case: Case) -> bytes:
    return case.text.encode("utf-8", "surrogatepass")


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    plain = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    ran = subprocess.run(
        ["git", "-C", folder, *arguments], input=stdin, capture_output=True, check=True, env=os.environ | plain
    )
    return ran.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A file, a commit and a tag for each text, the token in all three; made as an attacker would, below the porcelain."""
    folder = tmp_path / "hostile.git"
    subprocess.run(["git", "init", "-q", "--bare", folder], check=True)
    blob = git(folder, "hash-object", "-w", "--stdin", stdin=f"token={TOKEN}\n".encode())
    names = {as_bytes(case).replace(b"/", b"\\") for case in USABLE if b"\0" not in as_bytes(case)}
    entries = [b"100644 blob " + blob + b"\t" + name for name in sorted(names | {b"..", b".git"})]
    tree = git(folder, "mktree", "-z", stdin=b"\0".join(entries) + b"\0")
    commit, made = b"", []
    for case in USABLE:
        text = as_bytes(case).replace(b"\0", b"")
        who = text.translate(None, b"<>\n\r").strip() or b"x"
        parent = b"parent " + commit + b"\n" if commit else b""
        person = who + b" <x@example.org> 1772366400 +0000\n"
        raw = (
            b"tree "
            + tree
            + b"\n"
            + parent
            + b"author "
            + person
            + b"committer "
            + person
            + b"\n"
            + text
            + b"\n"
            + TOKEN.encode()
            + b"\n"
        )
        commit = git(folder, "hash-object", "-w", "-t", "commit", "--literally", "--stdin", stdin=raw)
        made.append((text, commit))
    refs = [commit + b" refs/heads/main\n"]
    refs += [at + b" refs/tags/" + text + b"\n" for text, at in made if _ref(text)]
    (folder / "packed-refs").write_bytes(
        b"# pack-refs with: peeled fully-peeled sorted \n" + b"".join(sorted(refs, key=lambda one: one[41:]))
    )
    git(folder, "symbolic-ref", "HEAD", "refs/heads/main")
    return folder


def _ref(text: bytes) -> bool:
    """https://git-scm.com/docs/git-check-ref-format"""
    wrong = any(one < 0x21 or one == 0x7F or one in b"~^:?*[\\" for one in text)
    parts = text.split(b"/")
    bad = any(not part or part.startswith(b".") or part.endswith((b".lock", b".")) for part in parts)
    return not wrong and not bad and b".." not in text and b"@{" not in text and text != b"@"


def test_a_repository_is_searched_and_shown(repository, monkeypatch):
    monkeypatch.setenv("LEAKED_TOKEN", TOKEN)
    before = sorted(repository.parent.iterdir())
    found = located.locate("env:LEAKED_TOKEN", [repository])
    assert len([one for one in found.occurrences if one.place == "git-commit"]) == len(USABLE)
    assert [one for one in found.occurrences if one.place == "git"]
    harmless(found.view())
    rows = list(csv.reader(io.StringIO(found.csv(), newline="")))
    assert {len(row) for row in rows} == {14}
    assert len(rows) == len(found.occurrences) + 1
    assert not ACTS.search(found.csv().replace("\r\n", ""))
    assert not any(cell.strip()[:1] in tuple("=+-@") for row in rows for cell in row if cell)
    assert sorted(repository.parent.iterdir()) == before


SPECIAL = [
    ("link", tarfile.SYMTYPE, ""),
    ("hard", tarfile.LNKTYPE, "/etc/passwd"),
    ("pipe", tarfile.FIFOTYPE, ""),
    ("device", tarfile.CHRTYPE, ""),
]


@pytest.fixture
def archives(tmp_path: Path) -> Path:
    """A tar and a zip whose members are named by the texts, with links and devices that lead out."""
    folder = tmp_path / "in" / "archives"
    folder.mkdir(parents=True)
    content = f"token={TOKEN}\n".encode()
    names = [
        *(case.text for case in USABLE),
        "../../escaped",
        str(tmp_path / "absolute"),
        "..\\escaped",
        "link/through",
    ]
    with tarfile.open(folder / "a.tar.gz", "w:gz", format=tarfile.GNU_FORMAT, errors="surrogatepass") as tar:
        for name, kind, to in SPECIAL:
            special = tarfile.TarInfo(name)
            special.type, special.linkname = kind, to or str(tmp_path)
            tar.addfile(special)
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    with zipfile.ZipFile(folder / "a.zip", "w") as zipped:
        for name in dict.fromkeys(name.encode("utf-8", "replace").decode() for name in names):
            zipped.writestr(name, content)
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        zipped.writestr(link, str(tmp_path))
    return folder


def _outside_home(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if folder / "home" not in (path, *path.parents))


def test_archives_are_searched_and_nothing_is_written_anywhere(archives, tmp_path, monkeypatch):
    monkeypatch.setenv("LEAKED_TOKEN", TOKEN)
    monkeypatch.chdir(archives)
    before = _outside_home(tmp_path)
    found = located.locate("env:LEAKED_TOKEN", [archives])
    assert _outside_home(tmp_path) == before
    inside = [one.path for one in found.occurrences if ".tar" in one.path]
    assert len(inside) > 200
    assert len([one.path for one in found.occurrences if ".zip" in one.path]) > 200
    harmless(found.view())
    assert not ACTS.search(found.csv().replace("\r\n", ""))


def test_logs_are_read_and_shown(tmp_path):
    records = []
    for number, case in enumerate(USABLE):
        text = case.text
        who = CLOUDTRAIL["userIdentity"] | {"userName": text, "arn": f"arn:aws:iam::000000000000:user/{text}"}
        records.append(CLOUDTRAIL | {"userIdentity": who, "userAgent": text, "eventID": f"id-{number}", "awsRegion": text,
                                     "requestParameters": {"roleArn": text}, "errorMessage": text, "eventName": text or "x",
                                     "sourceIPAddress": text})  # fmt: skip
    (tmp_path / "trail.json").write_text(json.dumps({"Records": records}))
    rows = [
        GITHUB | {"user_agent": case.text, "actor": case.text, "repo": case.text, "_document_id": str(number)}
        for number, case in enumerate(USABLE)
    ]
    (tmp_path / "audit.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    lines = [
        b'192.0.2.1 - - [01/Mar/2026:12:00:00 +0000] "GET /?key='
        + KEY.encode()
        + b' HTTP/1.1" 200 1 "-" "'
        + _line(case)
        + b'"\n'
        for case in USABLE
    ]
    (tmp_path / "access.log").write_bytes(b"".join(lines))
    before, after = (
        b"Mar  1 12:00:00 host sshd[1]: Accepted publickey for ",
        b" from 192.0.2.1 port 22 ssh2: RSA SHA256:",
    )
    ssh = [before + _line(case) + after + b"A" * 43 + b"\n" for case in USABLE]
    (tmp_path / "auth.log").write_bytes(b"".join(ssh))
    used = oneoff.usage(f"id:{KEY}", [tmp_path])
    harmless(used.view())
    document = used.document()
    assert document["by_key"]["events"] == len(USABLE)


def _line(case: Case) -> bytes:
    return as_bytes(case).replace(b"\n", b" ")


def test_a_report_is_read_and_shown(tmp_path):
    report = sarif("betterleaks", TOKEN)
    (whole,) = report["runs"][0]["results"]
    results = []
    for case in USABLE:
        text = case.text.encode("utf-8", "replace").decode()
        where = json.loads(json.dumps(whole["locations"]))
        where[0]["physicalLocation"]["artifactLocation"]["uri"] = text
        results.append(
            whole
            | {
                "ruleId": text,
                "message": {"text": text},
                "locations": where,
                "partialFingerprints": {"author": text, "commitMessage": text},
            }
        )
    report["runs"][0]["results"] = results
    path = tmp_path / "report.sarif"
    path.write_text(json.dumps(report))
    read = alerts.read_alerts(path)
    harmless(alerts.view(read, alerts.by_credential(read)))


REPORTS = {
    "nested lists": "[" * 100_000,
    "nested objects": '{"a":' * 50_000,
    "a key twice, nested": '{"Records": [], "Records": ' + "[" * 50_000,
    "a key twice": '{"version": "2.1.0", "runs": [], "runs": 1}',
    "nuls": "\0\0\0",
    "not a number": "NaN",
    "results of any type": '{"runs": [{"tool": {"driver": {"name": 1e999}}, "results": [null, 1, "x", [], {}]}]}',
    "a byte order mark": "\ufeff[]",
    "a very long number": "1" * 10_000,
    "a web page": "<!DOCTYPE x>",
}


@pytest.mark.parametrize("text", REPORTS.values(), ids=REPORTS)
def test_a_report_that_is_none_is_refused_or_shown_without_harm(text, tmp_path):
    path = tmp_path / "report.json"
    path.write_text(text)
    with contextlib.suppress(BadInput):
        read = alerts.read_alerts(path)
        assert not any(one.secret for one in read.alerts)
        harmless(alerts.view(read, alerts.by_credential(read)))


LAUGHS = "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
PLAYBOOKS = {
    **{case.name: case.text for case in FAMILIES["playbook_values"]},
    "a tag that applies": "steps: !!python/object/apply:os.system ['touch ran']",
    "a tag that names": "name: !!python/name:os.system\nsteps: []",
    "a tag that imports": "!!python/module:os",
    "nested lists": "[" * 100_000,
    "nested maps": "{a: " * 5_000,
    "aliases that multiply": f"a: &a [x]\n{LAUGHS}name: *i\nsteps: *i\n",
    "aliases that multiply in a parameter": "name: x\ntitle: x\nsteps:\n- id: a\n  notebook: b\n  parameters:\n    a: &a [x]\n"
    + "".join(f"    {line}\n" for line in LAUGHS.splitlines()),
    "an alias of itself": "name: x\ntitle: x\nsteps: [{id: a, notebook: b, parameters: {x: &x [*x]}}]",
    "two documents": "name: x\n---\nname: y\n",
    "a nul": "\0",
    "a key twice": "name: x\nname: y\nsteps: 1",
    "nested items": "- " * 20_000,
}


@pytest.mark.parametrize("text", PLAYBOOKS.values(), ids=PLAYBOOKS)
def test_a_playbook_that_is_none_is_refused_and_runs_nothing(text, tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    path = tmp_path / "in" / "book.yaml"
    path.write_text(text)
    with pytest.raises(BadInput) as refused:
        read_playbook(path)
    assert not ACTS.search(str(refused.value))
    assert list(path.parent.iterdir()) == [path]
    flaws = check_playbook(path)
    assert flaws
    assert not ACTS.search("".join(showing.checked({path: flaws}).text().split("\n")))
    path.unlink()
    path.write_text(text)
    with pytest.raises(BadInput):
        read_cacao(path)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("case", USABLE, ids=[f"{one.family}-{one.name}" for one in USABLE])
def test_what_a_playbook_by_a_stranger_says_does_not_act(case, tmp_path):
    """Shown, and as a document that goes out and comes back."""
    words = {"title": case.text, "when": case.text, "description": case.text}
    step = {"id": "a", "title": case.text, "manual": case.text, "gate": case.text}
    path = tmp_path / "book.yaml"
    path.write_text(yaml.safe_dump({"name": "x", **words, "created": "2026-03-01T12:00:00Z", "steps": [step]}))
    with contextlib.suppress(BadInput):  # what is empty, or no text
        book = read_playbook(path)
        harmless(showing.shown(book))
        harmless(showing.listed([book]))
        document = tmp_path / "document.json"
        document.write_text(json.dumps(to_cacao(book, path)))
        came = read_cacao(document)
        harmless(showing.shown(came.playbook))
        read_playbook(came.write(tmp_path / "there"))
