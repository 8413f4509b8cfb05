"""irkit: from "a credential of ours is public" to a signed postmortem."""

__version__ = "0.1.0"
