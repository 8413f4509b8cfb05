"""What stands in for the reader's own: a case, people's keys, repositories, the drill. Each fills words and variables of a page."""

from __future__ import annotations

import json
import secrets
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from irkit.case import Case
from irkit.case.seal import seal
from irkit.drill.footer import DRAFT, footer
from irkit.model import Kind, SecretRef
from irkit.openpgp import generate
from irkit.openpgp.keys import export_public
from tests.docs.blocks import ROOT, fences
from tests.docs.running import Desk

WORKFLOW = """on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - run: npm publish
        env:
          NPM_TOKEN: ${{ secrets.NPM_TOKEN }}
"""
POLICY = """[[keys]]
fingerprint = "{key}"
role = "automation"
owner = "release-bot"
"""
FRESH = "AKIAFAKE0FAKE0FAKE00"


def case(desk: Desk) -> None:
    """A case on a fake token that lies in a file, a plan, and Alice, whose key is in the reader's own gpg home."""
    token = desk.home / "token"
    token.write_text(f"docs_FAKE_FAKE_{secrets.token_hex(12)}\n")
    token.chmod(0o600)
    key = generate(desk.gpg_home, "Alice <alice@example.test>").primary
    person = desk.home / "alice.asc"
    person.write_text(export_public(desk.gpg_home, key))
    at = desk.home / "case"
    made = Case.create(at, [SecretRef(f"file:{token}")], settings={"responder": "carol"}, approvers=[person])
    made.keep({"seen": "it"}, "what was seen", "a log")
    made.plan_revocation()
    desk.words |= {
        "CASE": str(at),
        "PLAN": made.plan("revoke").name,
        "FPR": key,
        "FINGERPRINT": key,
        "PATH": str(desk.folder),
    }
    desk.environment |= {"CASE": str(at), "PERSON": str(person), "KEY": key}
    made.journal.close()


def sealed_case(desk: Desk) -> None:
    """The same with a report, sealed by Alice."""
    case(desk)
    made = Case.open(desk.environment["CASE"])
    (made.folder / "report.md").write_text("# a report\n")
    digest = subprocess.run(
        ["sha256sum", made.folder / "report.md"], capture_output=True, text=True, check=True
    ).stdout[:64]
    made.write(Kind.EXPORTED, {"path": "report.md", "sha256": digest})
    seal(made, desk.environment["KEY"], desk.gpg_home)
    made.journal.close()


def checkout(desk: Desk) -> None:
    """A repository with one commit, in which the page is typed."""
    _repository(desk.folder, "README.md", "# a page\n")
    desk.words |= {"PATH": "."}


def repositories(desk: Desk) -> None:
    """Two repositories below ~/src, one of which takes NPM_TOKEN, and logs in which a fresh key is used."""
    _repository(desk.home / "src" / "web", ".github/workflows/publish.yml", WORKFLOW)
    _repository(desk.home / "src" / "infra", "README.md", "# infra\n")
    event = {
        "eventVersion": "1.08", "eventTime": "2026-03-02T11:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "GetObject",
        "awsRegion": "eu-west-1", "sourceIPAddress": "192.0.2.7", "userAgent": "web/1", "eventID": "docs-1",
        "userIdentity": {"type": "IAMUser", "accessKeyId": FRESH, "userName": "web"},
    }  # fmt: skip
    (desk.home / "trail.json").write_text(json.dumps({"Records": [event]}))
    desk.words |= {"PATH": str(desk.home / "src"), "LOGS": str(desk.home / "trail.json"), "ID": FRESH}


def playbook_step(desk: Desk) -> None:
    """The playbook that the page shows, as a file."""
    (shown,) = (block for block in fences(ROOT / "docs" / "extend" / "playbook-step.md") if block.kind == "yaml")
    (desk.folder / "with-a-call.yaml").write_text(shown.text)


def policy(desk: Desk) -> None:
    """A policy that the only key of a ring file keeps to."""
    home = desk.home / "ring"
    home.mkdir(mode=0o700)
    key = generate(home, "Releases <releases@example.test>").primary
    ring = subprocess.run(["gpg", "--homedir", home, "--export", key], capture_output=True, check=True).stdout
    (desk.folder / "release-keys.gpg").write_bytes(ring)
    (desk.folder / "keys-policy.toml").write_text(POLICY.format(key=key))


def team(desk: Desk) -> None:
    """A release key in a home of its machine, its ring as it is published, Alice's public key, and the example of a policy."""
    home, people = desk.folder / "release-gpg", desk.home / "alice-gpg"
    key = generate(home, "Releases <releases@example.test>").primary
    (desk.folder / "KEYS.asc").write_text(export_public(home, key))
    (desk.folder / "alice.asc").write_text(
        export_public(people, generate(people, "Alice <alice@example.test>").primary)
    )
    (desk.folder / "policy.yaml").write_text((ROOT / "docs" / "policy.example.yaml").read_text())
    desk.words |= {"TEAM": "team"}


def the_drill(desk: Desk, drill: Any) -> None:
    """The drill that this run of the tests has made: `irkit drill --out drill` gives it, and says what it said."""
    folder, result, seen, _private = drill
    said = desk.home / "said"
    ends = next(at for at, line in enumerate(seen) if line.startswith("written: "))
    out = folder / "out"
    end = footer(
        result.scorecard, result.case, here=folder, program="irkit", page=result.postmortem, what=DRAFT,
        scores=out / "scorecard.txt",
    )  # fmt: skip
    text = "\n".join([*seen[: ends + 1], f"{result.view.text()}\n{end}\n"])
    said.write_text(text.replace(str(out), str(desk.folder / "drill")).replace(" out/", " drill/"))
    given = f"cat {shlex.quote(str(said))}; cp -a {shlex.quote(str(folder / 'out'))} drill"
    desk.prelude.append(f'irkit() {{ if [ "$*" = "drill --out drill" ]; then {given}; else command irkit "$@"; fi; }}')
    desk.words |= {"CASE": str(result.case)}


STAND_INS: dict[str, Callable[[Desk], None]] = {
    "case": case,
    "sealed-case": sealed_case,
    "checkout": checkout,
    "playbook-step": playbook_step,
    "policy": policy,
    "repositories": repositories,
    "team": team,
}


def _repository(at: Path, name: str, text: str) -> None:
    (at / name).parent.mkdir(parents=True, exist_ok=True)
    (at / name).write_text(text)
    who = ("-c", "user.name=Robin Reader", "-c", "user.email=robin@example.test")
    for words in (("init", "-q", "-b", "main"), ("add", "."), (*who, "commit", "-qm", "begin")):
        subprocess.run(["git", "-C", at, *words], check=True, capture_output=True)
