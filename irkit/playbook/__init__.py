"""Playbooks: YAML that chains notebooks; checked before they run, resumed where they stopped."""

from irkit.playbook.library import find_notebook, find_playbook, folder
from irkit.playbook.run import Ready, prepare, run, show
from irkit.playbook.schema import Playbook, read_playbook

__all__ = ["Playbook", "Ready", "find_notebook", "find_playbook", "folder", "prepare", "read_playbook", "run", "show"]
