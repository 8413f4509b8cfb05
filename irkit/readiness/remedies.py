"""What a person does about each rule that is broken, in a sentence that can be acted on. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from irkit.readiness.estimate import ACCESS, APPROVERS, CERTIFICATE, CONSUMERS, PUBLISHED

REMEDIES: Mapping[str, str] = {
    "age": "Replace it while nothing is wrong: irkit run rotate (of a key: docs/resign.md).",
    "no-expiry": "Give it a last day where its issuer has one (gpg: --quick-set-expire); else move to what is short-lived, below.",
    "never-used": "Ask its owner, then revoke it: its issuer knows of no use.",
    "unused": "Ask its owner what it is for; deactivate it, and delete it when nobody misses it.",
    "wider-than-use": "Narrow it to what it does: irkit blast REF LOGS proposes the policy, in its provider's words.",
    "shared": "Give the machine one of its own (irkit run rotate), and let people sign in as themselves.",
    "long-lived": "Move to what its platform gives in its place: under “What there is instead”.",
    "no-escrow": "Make a revocation certificate now (gpg --gen-revoke), keep it apart from the key, and name that folder in certificates.",
    "stale-publication": "Publish the key again at the place that is named: docs/publishing.md.",
    "nobody-approves": "Register another person: irkit add-approver TEAM KEY.asc.",
}

STEPS: Mapping[str, str] = {
    APPROVERS: REMEDIES["nobody-approves"],
    CERTIFICATE: "Make a revocation certificate (gpg --gen-revoke), keep it apart from the key, and name its folder in certificates.",
    ACCESS: "Give an access that its issuer answers (responder under [providers.NAME] in case.toml). "
    "A CI secret holds somebody's credential: find out whose, and what to revoke there.",
    CONSUMERS: "Name the repositories that may take it in paths, and by which names they do under holders in the policy.",
    PUBLISHED: "Publish the revocation, and name the place in publish: docs/publishing.md.",
}
"""What makes a credential ready of which a needed part is missing or not known."""


def remedy(rule: str) -> str:
    return REMEDIES[rule]
