"""The door to evidence: repositories, files, logs. It reads and changes nothing."""

from irkit.sources.hunt import Found, Hit, Hits, Hunted, Progress
from irkit.sources.locate import locate

__all__ = ["Found", "Hit", "Hits", "Hunted", "Progress", "locate"]
