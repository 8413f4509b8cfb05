"""The providers, and of each how long its credentials are and what stands in every one of them: enough to know whom to ask.

A value that has an outline is held against the provider's own shapes, which alone say what it is. The outlines follow from the
shapes; tests/providers/test_outlines.py makes them anew and tells the line that a new provider needs.
"""

from __future__ import annotations

from collections.abc import Iterator

LONGEST = 16_384
"""Characters; longer values are files, not credentials."""

OUTLINES: dict[str, tuple[int, int, tuple[str, ...]]] = {
    "anthropic": (108, 110, ("sk-ant-api03-", "sk-ant-admin01-", "sk-ant-oat01-")),
    "atlassian": (95, 265, ("ATATT3",)),
    "aws": (0, LONGEST, ("",)),
    "azure-app": (37, 40, ("Q~",)),
    "buildkite": (45, 45, ("bkua_",)),
    "circleci": (68, 72, ("CCIPAT_", "CCIPRJ_")),
    "cloudflare": (49, 65, ("cfut_", "cfat_")),
    "crates": (35, 35, ("cio",)),
    "datadog": (40, 40, ("ddapp_",)),
    "devpi": (38, LONGEST, ("devpi-",)),
    "digitalocean": (71, 71, ("dop_v1_", "doo_v1_", "dor_v1_")),
    "discord": (58, LONGEST, (".",)),
    "dockerhub": (36, 41, ("dckr_pat_", "dckr_oat_")),
    "doppler": (46, 111, ("dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit.")),
    "etcd": (0, 0, ()),
    "fastly": (0, 0, ()),
    "gcp-api-key": (39, 39, ("AIza",)),
    "gcp-key": (2, LONGEST, ("{", ".gserviceaccount.com/keys/")),
    "github": (11, LONGEST, ("ghp_", "gho_", "ghu_", "ghr_", "ghs_", "github_pat_")),
    "github-keys": (12, 180, ("repos/", "users/", "/gpg_keys/", "admin/tokens/", "admin/keys/")),
    "gitlab": (
        9,
        LONGEST,
        (
            "glpat-",
            "gldt-",
            "glrt-",
            "glrtr-",
            "glcbt-",
            "glptt-",
            "glft-",
            "glimt-",
            "glagent-",
            "gloas-",
            "glsoat-",
            "glffct-",
            "glwt-",
            "GR1348941",
            "personal_access_tokens/",
            "/access_tokens/",
            "/deploy_tokens/",
            "/triggers/",
            "projects/",
            "/cluster_agents/",
            "runners/",
        ),
    ),
    "google-oauth": (23, 2053, ("ya29.", "1//")),
    "heroku": (41, 69, ("HRKU-",)),
    "huggingface": (37, 42, ("hf_", "api_org_")),
    "jwt": (24, LONGEST, (".eyJ",)),
    "mailgun": (36, 50, ("-",)),
    "mattermost": (0, 0, ()),
    "npm": (40, 40, ("npm_",)),
    "oauth2": (0, 0, ()),
    "okta": (42, 42, ("00",)),
    "onepassword": (47, LONGEST, ("ops_eyJ",)),
    "openai": (51, 179, ("sk-proj-", "sk-svcacct-", "sk-admin-", "T3BlbkFJ")),
    "postgresql": (16, LONGEST, ("postgres",)),
    "pypi": (37, LONGEST, ("pypi-",)),
    "redis_acl": (12, LONGEST, ("redis",)),
    "sendgrid": (69, 69, ("SG.",)),
    "sentry": (71, 874, ("sntrys_", "sntryu_", "sntryi_")),
    "slack": (23, LONGEST, ("xapp-", "xox", "https://hooks.slack.com/services/T")),
    "ssh_key": (70, LONGEST, ("-----BEGIN OPENSSH PRIVATE KEY-----",)),
    "stripe": (24, 255, ("sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_")),
    "tailscale": (35, 87, ("tskey-api-", "tskey-auth-", "tskey-client-", "tskey-scim-", "tskey-webhook-")),
    "telegram": (44, 47, (":",)),
    "terraform": (83, 95, (".atlasv1.",)),
    "twilio": (67, 67, ("SK", "AC")),
    "twitch": (0, 0, ()),
    "vault": (26, 404, (".",)),
    "vercel": (28, 84, ("vcp_", "vci_", "vca_", "vcr_", "vck_")),
}
"""Least and most characters, and texts of which one stands in whatever is recognised; none for opaque ones, which never are."""


def may_be(text: str) -> Iterator[str]:
    """Whose credential a value may be, in the order of the table."""
    for name, (least, most, parts) in OUTLINES.items():
        if least <= len(text) <= most and any(part in text for part in parts):
            yield name
