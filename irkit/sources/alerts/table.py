"""Which reports irkit reads, in one table. To add a scanner: a file like its neighbours, a line here, a sample in the tests."""

from __future__ import annotations

from irkit.sources.alerts.detect_secrets import DETECT_SECRETS
from irkit.sources.alerts.ggshield import GGSHIELD
from irkit.sources.alerts.github import GITHUB_ALERTS
from irkit.sources.alerts.gitlab import GITLAB
from irkit.sources.alerts.gitleaks import GITLEAKS
from irkit.sources.alerts.interface import Scanner
from irkit.sources.alerts.kingfisher import KINGFISHER
from irkit.sources.alerts.pasted import PASTED
from irkit.sources.alerts.sarif import SARIF
from irkit.sources.alerts.trufflehog import TRUFFLEHOG
from irkit.sources.alerts.trufflehog2 import TRUFFLEHOG2

SCANNERS: tuple[Scanner, ...] = (
    GITHUB_ALERTS,
    SARIF,
    GITLEAKS,
    TRUFFLEHOG,
    TRUFFLEHOG2,
    KINGFISHER,
    DETECT_SECRETS,
    GGSHIELD,
    GITLAB,
    PASTED,
)
"""In the order in which they are tried; each recognises its own format alone."""
