"""Is what the action items ask for in force now? It is looked at, and nothing is changed: one door for each check."""

from irkit.inforce.looking import look
from irkit.inforce.report import InForce

__all__ = ["InForce", "look"]
