"""Whether the framework pre-commit is told to run irkit, by its configuration: https://pre-commit.com/#adding-pre-commit-plugins-to-your-project"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from irkit.yaml_values import load

CONFIG = ".pre-commit-config.yaml"
OURS = ("irkit-guard", "irkit-guard-installed")
_STAGES = ("pre-commit", "commit")
_HARMLESS = ("id", "name", "description", "alias", "verbose", "log_file", "language_version", "additional_dependencies")


def configured(file: Path) -> tuple[bool | None, str]:
    """Whether what the file says has irkit look at each commit, and what it says, in words. None: it says more than irkit can judge."""
    try:
        hooks = list(_ours(load(file.read_bytes())))
    except (OSError, yaml.YAMLError, ValueError, RecursionError, AttributeError, KeyError, TypeError):
        return None, "cannot be read"
    if not hooks:
        return False, "does not name irkit-guard"
    said = [_judged(one) for one in hooks]
    return next((one for one in said if one[0]), said[0])


def _ours(plain: Any) -> Iterator[Mapping[str, Any]]:
    for repo in plain["repos"]:
        for hook in repo["hooks"]:
            if hook.get("id") in OURS:
                yield hook


def _judged(hook: Mapping[str, Any]) -> tuple[bool | None, str]:
    stages = hook.get("stages")
    if stages is not None and not set(_STAGES) & set(map(str, stages)):
        return False, "has irkit-guard at another stage than a commit"
    changed = sorted(str(name) for name in hook if name not in (*_HARMLESS, "stages"))
    if changed:
        return None, f"runs irkit-guard in a way of its own ({', '.join(changed)})"
    return True, "has the framework pre-commit run it"
