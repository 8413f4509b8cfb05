"""Techniques of MITRE ATT&CK that fit what the journal holds, each with the fact it comes from. Pure.

"observed": a log or a record shows the act; whether it was not ours, a person must say. "possible": the journal shows what made it
possible, and nothing that it was done. Ids and names:
https://attack.mitre.org/techniques/enterprise/ (T1552.001 is /techniques/T1552/001/).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from irkit.model import ApiToken, Credential, OpenPgpKey
from irkit.postmortem.sections.front import counted
from irkit.postmortem.story import PROVED, Story, Usage, rows, sequence, short
from irkit.show import Block, Notice, Table

Seen = Literal["observed", "possible"]

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "T1078": "Valid Accounts", "T1078.004": "Valid Accounts: Cloud Accounts", "T1087.004": "Account Discovery: Cloud Account",
        "T1098.001": "Account Manipulation: Additional Cloud Credentials", "T1098.003": "Account Manipulation: Additional Cloud Roles",
        "T1098.004": "Account Manipulation: SSH Authorized Keys", "T1136.003": "Create Account: Cloud Account",
        "T1195.002": "Supply Chain Compromise: Compromise Software Supply Chain",
        "T1213": "Data from Information Repositories", "T1213.003": "Data from Information Repositories: Code Repositories",
        "T1485": "Data Destruction",
        "T1496": "Resource Hijacking", "T1526": "Cloud Service Discovery", "T1528": "Steal Application Access Token",
        "T1530": "Data from Cloud Storage", "T1535": "Unused/Unsupported Cloud Regions", "T1537": "Transfer Data to Cloud Account",
        "T1550.001": "Use Alternate Authentication Material: Application Access Token",
        "T1552.001": "Unsecured Credentials: Credentials In Files", "T1552.003": "Unsecured Credentials: Shell History",
        "T1552.004": "Unsecured Credentials: Private Keys", "T1552.008": "Unsecured Credentials: Chat Messages",
        "T1546": "Event Triggered Execution", "T1552.005": "Unsecured Credentials: Cloud Instance Metadata API",
        "T1562": "Impair Defenses", "T1578.001": "Modify Cloud Compute Infrastructure: Create Snapshot",
        "T1651": "Cloud Administration Command", "T1553.002": "Subvert Trust Controls: Code Signing",
        "T1555.006": "Credentials from Password Stores: Cloud Secrets Management Stores",
        "T1562.001": "Impair Defenses: Disable or Modify Tools", "T1562.008": "Impair Defenses: Disable or Modify Cloud Logs",
        "T1567.001": "Exfiltration Over Web Service: Exfiltration to Code Repository", "T1580": "Cloud Infrastructure Discovery",
        "T1588.003": "Obtain Capabilities: Code Signing Certificates", "T1588.004": "Obtain Capabilities: Digital Certificates",
    }
)  # fmt: skip

_CLOUDS = ("aws", "azure", "gcp", "google")
_HISTORY = re.compile(r"(?:^|[/!])\.?(?:bash|zsh|sh|fish|psql|mysql|python|node_repl)_history$")
_CHAT = re.compile(r"(?i)(?:^|[/!._-])(?:slack|mattermost|teams|discord|chat)[/!._-]")
_CERTIFICATE = re.compile(r"\.(?:pfx|p12|jks|keystore)$", re.IGNORECASE)
_ACCOUNTS = ("user", "role", "service-account", "account")


@dataclass(frozen=True)
class Technique:
    """One technique, what it is about (a credential's short name), and why it is listed."""

    id: str
    about: str
    seen: Seen
    because: str

    @property
    def name(self) -> str:
        return NAMES.get(self.id, "")


def techniques(story: Story) -> tuple[Technique, ...]:
    """Each technique once for each credential, observed before possible; in the order of their ids."""
    found = [one for credential in story.credentials for one in _of(story, credential)]
    first: dict[tuple[str, str], Technique] = {}
    for one in sorted(found, key=lambda one: one.seen):
        first.setdefault((one.id, one.about), one)
    return tuple(sorted(first.values(), key=lambda one: (one.id, one.about)))


def as_blocks(found: tuple[Technique, ...]) -> tuple[Block, ...]:
    """Columns: Technique, Name, About, Seen, Because."""
    lead = Notice(
        "info",
        "By rule from the journal. Observed: a log or a record shows the act; that it was not ours, a person must say. "
        "Possible: what made it possible is shown, and nothing that it was done.",
    )
    table = [(one.id, one.name or "see attack.mitre.org", one.about, one.seen, one.because) for one in found]
    return (lead, Table.of(("Technique", "Name", "About", "Seen", "Because"), table, "Techniques of ATT&CK"))


def _of(story: Story, credential: Credential) -> Iterator[Technique]:
    about = short(credential.name)
    for id_, because in _stood(story, credential):
        yield Technique(id_, about, "possible", because)
    if isinstance(credential, OpenPgpKey):
        yield from _key(story, credential, about)
    usage = story.usages.get(credential.name)
    if isinstance(credential, ApiToken):
        yield Technique("T1528", about, "possible", "a token stood where others could read it")
    if usage is not None:
        yield from _used(usage, credential, about)


def _stood(story: Story, credential: Credential) -> Iterator[tuple[str, str]]:
    """By where it stood. Occurrences of a case with one credential need not name it."""
    alone = len(story.credentials) == 1
    for _, located in story.located:
        for one in rows(located.get("occurrences")):
            if not alone and one.get("credential") not in (None, credential.name):
                continue
            path = str(one.get("path", ""))
            if isinstance(credential, OpenPgpKey):
                yield "T1552.004", f"its secret part stood in {path}"
            elif _HISTORY.search(path):
                yield "T1552.003", f"it stood in {path}"
            elif _CHAT.search(path):
                yield "T1552.008", f"it stood in {path}"
            elif _CERTIFICATE.search(path):
                yield "T1588.004", f"it stood in {path}"
            else:
                yield "T1552.001", f"it stood in {path}"
            if one.get("repository"):
                yield "T1213.003", f"it stood in the repository {one.get('repository')}"
    window = story.windows.get(credential.name)
    if window and window.opened.latest and window.opened.latest.clock.value in ("push", "made public"):
        yield "T1567.001", f"it reached a code host: {window.opened.latest.source}"


def _key(story: Story, credential: OpenPgpKey, about: str) -> Iterator[Technique]:
    signing = [
        key
        for key in credential.keys
        if key.secret in ("cleartext", "protected") and "sign" in (key.usage or ("sign",))
    ]
    if signing or not credential.keys:
        because = "a key that signs releases leaked; it is no certificate, and its use is the same"
        yield Technique("T1588.003", about, "possible", because)
    unproven = [path for path, judged in story.judged().items() if judged.get("verdict") not in PROVED]
    if unproven:
        because = f"{len(unproven)} of {len(story.judged())} signed artifacts are not proved unchanged"
        yield Technique("T1553.002", about, "possible", because)
        yield Technique("T1195.002", about, "possible", because)


def _used(usage: Usage, credential: Credential, about: str) -> Iterator[Technique]:
    if usage.events:
        cloud = credential.provider.startswith(_CLOUDS)
        yield Technique(
            "T1078.004" if cloud else "T1550.001",
            about,
            "observed",
            f"the logs read show {counted(usage.events, 'use')} of it",
        )
    made = [*sequence(usage.document.get("created"))]
    accounts = [one for one in made if _kind(one) in _ACCOUNTS]
    if accounts:
        yield Technique(
            "T1136.003", about, "observed", f"the logs show {counted(len(accounts), 'account')} made with it"
        )
    if len(made) > len(accounts):
        yield Technique(
            "T1098.001",
            about,
            "observed",
            f"the logs show {counted(len(made) - len(accounts), 'credential')} made with it",
        )
    for one in rows(usage.document.get("findings")):
        for id_ in re.findall(r"T\d{4}(?:\.\d{3})?", str(one.get("attack", ""))):
            title = one.get("title") or one.get("what") or "a finding"
            yield Technique(id_, about, "observed", f"what stands out in the logs: {title}")


def _kind(made: Any) -> str:
    return str(made.get("kind", "")) if isinstance(made, Mapping) else ""
