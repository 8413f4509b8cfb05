"""A fresh credential's world on this machine: who issues it, three stores that receive it, and a case that knows of them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from irkit.case import Case
from irkit.case.containment import distribution
from irkit.case.containment.distribution import Replaced
from irkit.case.ledger import Ledger
from irkit.errors import BadInput
from irkit.model import ApiToken, Clock, Kind, Record, SecretRef
from irkit.plan import Action, Ended, Outcome, Plan, Replace, document, read
from irkit.providers.github import checksum
from irkit.providers.interface import Need
from irkit.stores import resolve
from tests.servers.github_secrets import GitHubSecrets
from tests.servers.issuer import Issuer, ask
from tests.servers.kept import GitLabVariables, KubernetesSecrets
from tests.servers.loopback import Answer, Asked, Rule, Server

TOKEN = "ghp_" + "FAKEFAKEFAKEFAKEFAKEFAKEFAKE01" + checksum("FAKEFAKEFAKEFAKEFAKEFAKEFAKE01")
ADMIN = "the-responders-fake-token"
GITHUB, GITLAB, KUBERNETES = "github-actions:octo/site/TOKEN", "gitlab-variable:group/project/KEY", "kubernetes:ns/s/K"
PLACES = (GITHUB, GITLAB)
HELD = "/repos/octo/site/actions/secrets/TOKEN"


@dataclass
class World:
    """An issuer and three stores on this machine, and a case that knows of them."""

    folder: Path
    issuer: Issuer
    github: GitHubSecrets
    gitlab: GitLabVariables
    cluster: KubernetesSecrets
    servers: dict[str, Server] = field(default_factory=dict)
    child: subprocess.Popen[bytes] | None = None
    kill: tuple[int, str] = (0, "")
    asked: int = 0

    def through(self, rule: Rule) -> Rule:
        """The rule of a server, which kills the child at the n-th request, before or after it took effect."""

        def answered(asked: Asked) -> Answer | None:
            if self.child is None:
                return rule(asked)
            self.asked += 1
            if self.kill == (self.asked, "before"):
                self.child.kill()
                return None
            answer = rule(asked)
            if self.kill == (self.asked, "after"):
                self.child.kill()
                return None
            return answer

        return answered

    @property
    def case(self) -> Case:
        return Case.open(self.folder)

    @property
    def token(self) -> ApiToken:
        (token,) = self.case.credentials
        assert isinstance(token, ApiToken)
        return token

    def planned(self, places: tuple[str, ...] = PLACES, name: str = "irkit-case-1", attempt: int = 1) -> Action:
        """Through its written form, as it is approved."""
        case = self.case
        make = ask(case.settings.provider("github").setting(), None, Need(name))
        do = Replace(name, make, distribution.puts(case, places, SecretRef(f"minted:{name}")))
        action = Action("replace", self.token.name, "Make another one", do, False, attempt)
        plan = Plan("case", "revoke", "carol", (action,))
        again = read(Plan, document(plan))
        assert again.digest == plan.digest
        return again.actions[0]

    def run(self, action: Action) -> Replaced:
        """As the desk does it: what was announced is settled, never begun again."""
        case = self.case
        assert isinstance(action.do, Replace)

        def announce() -> None:
            body = {"plan": "p", "action": action.id, "what": action.what, "target": action.target}
            case.write(Kind.INTENT, body)

        def end(ended: Ended, why: str, evidence: str) -> None:
            outcome = Outcome(action.id, ended, why, case.now(Clock.REVOKE_SENT, "here"), evidence)
            body = {"plan": "p", "target": action.target, "what": action.what, "outcome": document(outcome)}
            case.write(Kind.OUTCOME, body)

        if Ledger.of(case.journal.records()).begun(action.id):
            return distribution.settle_replacement(case, action, action.do, self.token, end)
        return distribution.replace(case, action, action.do, self.token, announce, end)

    @property
    def records(self) -> tuple[Record, ...]:
        return self.case.journal.records()

    @property
    def outcome(self) -> Outcome:
        return list(Ledger.of(self.records).outcomes.values())[-1]

    @property
    def last(self) -> Record:
        return self.case.journal.records(Kind.REPLACED)[-1]

    @property
    def values(self) -> list[str]:
        return [value for _, value in self.issuer.made.values()]

    def kept_nothing(self) -> None:
        """No value in anything the case wrote, and none behind its reference any more."""
        written = b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())
        for value in (*self.values, ADMIN, TOKEN):
            assert value.encode() not in written
        with pytest.raises(BadInput, match="fresh credential is gone"):
            resolve(SecretRef("minted:irkit-case-1"))
        self.case.verify()

    def mutations(self, server: str) -> int:
        return sum(asked.method != "GET" for asked in self.servers[server].asked)
