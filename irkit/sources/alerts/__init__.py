"""Alerts in: what a scanner found, read from its own report. Values come out as `Secret`, and never as text."""

from irkit.sources.alerts.detect_secrets import has_hash
from irkit.sources.alerts.interface import Alert, Scanner, Where
from irkit.sources.alerts.read import Report, read_alerts
from irkit.sources.alerts.table import SCANNERS

__all__ = ["SCANNERS", "Alert", "Report", "Scanner", "Where", "has_hash", "read_alerts"]
