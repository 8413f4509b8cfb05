"""Where a platform gives out something short-lived in place of a stored secret, with the page that says so. Pure.

Each was read in its maker's documentation; none was tried here. `kinds` are those of `irkit.model.Held`.
"""

from __future__ import annotations

from dataclasses import dataclass

from irkit.model import Held


@dataclass(frozen=True)
class ShortLived:
    issuer: str
    kinds: tuple[str, ...]
    instead: str
    source: str
    holders: tuple[str, ...] = ("automation", "person", "unknown")


TABLE = (
    ShortLived(
        "aws", ("access key",), "a role: of the machine, or assumed by the CI through OIDC",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html", ("automation", "unknown"),
    ),
    ShortLived(
        "aws", ("access key",), "IAM Identity Center, which gives people sessions",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html", ("person",),
    ),
    ShortLived(
        "github", ("fine-grained token", "deploy key"), "the job's own GITHUB_TOKEN, or an app's token, which lives for an hour",
        "https://docs.github.com/en/actions/concepts/security/github_token", ("automation", "unknown"),
    ),
    ShortLived(
        "gitlab", ("project access token", "group access token", "personal access token", "deploy token"),
        "the job's own CI_JOB_TOKEN, and id_tokens (OIDC) for what lies outside GitLab",
        "https://docs.gitlab.com/ci/jobs/ci_job_token/", ("automation",),
    ),
    ShortLived("npm", ("access token",), "trusted publishing (OIDC)", "https://docs.npmjs.com/trusted-publishers/"),
    ShortLived("pypi", ("api token",), "trusted publishing (OIDC)", "https://docs.pypi.org/trusted-publishers/"),
    ShortLived(
        "vault", ("token",), "a sign-in of the machine (Kubernetes, JWT, cloud) that gives a token of minutes",
        "https://developer.hashicorp.com/vault/docs/concepts/tokens", ("automation", "unknown"),
    ),
)  # fmt: skip


def instead_of(held: Held) -> ShortLived | None:
    """What its platform offers instead; None where the table knows of nothing."""
    fits = (one for one in TABLE if one.issuer == held.issuer and held.kind in one.kinds and held.holder in one.holders)
    return next(fits, None)
