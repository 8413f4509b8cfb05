"""Playbooks: YAML that chains notebooks; checked before they run, resumed where they stopped."""

from irkit.playbook.library import find_notebook, find_playbook, folder, library_playbooks
from irkit.playbook.reading import read_playbook
from irkit.playbook.run import Ready, prepare, run, show
from irkit.playbook.schema import Playbook

__all__ = [
    "Playbook",
    "Ready",
    "find_notebook",
    "find_playbook",
    "folder",
    "library_playbooks",
    "prepare",
    "read_playbook",
    "run",
    "show",
]
