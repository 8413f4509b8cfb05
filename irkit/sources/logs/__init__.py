"""Audit logs: one file per format, one reader for the uses of a credential."""

from irkit.sources.logs.formats import kept_by
from irkit.sources.logs.interface import LogFormat, Wanted, Where
from irkit.sources.logs.read import LogReading, events

__all__ = ["LogFormat", "LogReading", "Wanted", "Where", "events", "kept_by"]
