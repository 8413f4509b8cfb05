"""Does a CI configuration search what a build brings, so that a finding fails the build? By its text; nothing of it is run. Pure.

https://docs.github.com/actions/reference/workflow-syntax-for-github-actions, https://docs.gitlab.com/ci/yaml/,
https://www.jenkins.io/doc/book/pipeline/syntax/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import yaml

from irkit.yaml_values import load

_SEARCHES = re.compile(r"\birkit\s+guard\s+scan\b(?P<rest>[^\n;&|]*)(?P<after>[^\n]*)")
_PASSED_OVER = re.compile(r"\|\|\s*(?:true\b|:|exit\s+0\b)")
_COMMENTS = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_SHELL_COMMENTS = re.compile(r"(?m)(?:^|(?<=\s))#[^\n]*")
_WORKFLOWS = (".github/workflows/*.yml", ".github/workflows/*.yaml")

Told = tuple[bool | None, str]
_NOT_THERE: Told = (False, "runs no irkit guard scan")
_PASSES: Told = (False, "runs irkit guard scan and goes on whatever it finds")
_SEARCHED: Told = (True, "runs irkit guard scan")
_SOMETIMES: Told = (None, "runs irkit guard scan under a condition, which is not evaluated")
_ON_NO_PUSH: Told = (False, "runs irkit guard scan, and on no push and no pull request")
_TRIGGERS = frozenset({"push", "pull_request", "pull_request_target", "merge_group"})


def is_snippet(name: str) -> bool:
    """Whether a path in a repository is where a host looks for what a build does."""
    workflow = any(fnmatchcase(name, pattern) for pattern in _WORKFLOWS) and name.count("/") == 2
    return workflow or name in (".gitlab-ci.yml", "Jenkinsfile")


def searched_by(name: str, content: bytes) -> Told:
    """Whether it does, and in words; None where that stands elsewhere, or it cannot be read."""
    text = content.decode("utf-8", "replace")
    if name == "Jenkinsfile":
        return _of_lines([_COMMENTS.sub("", text)]) or _NOT_THERE
    try:
        plain = load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None, "is no YAML that can be read"
    if not isinstance(plain, Mapping):
        return _NOT_THERE
    told = [one for job in _jobs(name, plain) if (one := _of_job(job))]
    if told and name.startswith(".github/") and not _triggers(plain) & _TRIGGERS:
        return _ON_NO_PUSH
    for wanted in (_SEARCHED, _SOMETIMES, _PASSES):
        if wanted in told:
            return wanted
    if elsewhere := _elsewhere(name, plain):
        return None, f"may search by what it takes from elsewhere ({elsewhere}), which is not read"
    return _NOT_THERE


def _jobs(name: str, plain: Mapping[Any, Any]) -> Iterator[Mapping[Any, Any]]:
    jobs: Any = plain.get("jobs", {}) if name.startswith(".github/") else plain
    for key, job in jobs.items() if isinstance(jobs, Mapping) else ():
        if isinstance(job, Mapping) and not str(key).startswith("."):  # GitLab runs no job whose name begins with a dot
            yield job


def _triggers(plain: Mapping[Any, Any]) -> set[str]:
    """The events of a workflow of GitHub. YAML 1.1 takes the word `on` for true."""
    on: Any = plain.get("on", plain.get(True))
    return {on} if isinstance(on, str) else {str(one) for one in on} if isinstance(on, list | Mapping) else set()


def _of_job(job: Mapping[Any, Any]) -> Told | None:
    if job.get("if") is False or job.get("when") in ("manual", "never"):
        return None
    passes = bool(job.get("continue-on-error")) or bool(job.get("allow_failure"))
    steps = job.get("steps")
    found = [_of_step(step) for step in steps if isinstance(step, Mapping)] if isinstance(steps, list) else []
    found.append(_of_lines(_strings(job.get("script"))))
    told = [one for one in found if one]
    if not told or (_SEARCHED not in told and _SOMETIMES not in told) or passes:
        return _PASSES if told else None
    return _SEARCHED if _SEARCHED in told and not job.get("if") else _SOMETIMES


def _of_step(step: Mapping[Any, Any]) -> Told | None:
    if step.get("if") is False:
        return None
    told = _of_lines(_strings(step.get("run")))
    if told and step.get("continue-on-error"):
        return _PASSES
    return _SOMETIMES if told is _SEARCHED and step.get("if") else told


def _of_lines(texts: list[str]) -> Told | None:
    found = [one for text in texts for one in _SEARCHES.finditer(_SHELL_COMMENTS.sub("", text))]
    if not found:
        return None
    return _PASSES if all(_PASSED_OVER.search(one["after"]) for one in found) else _SEARCHED


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [text for one in value for text in _strings(one)] if isinstance(value, list) else []


def _elsewhere(name: str, plain: Mapping[Any, Any]) -> str:
    if not name.startswith(".github/"):
        return "include" if plain.get("include") else ""
    return "a workflow of another repository" if any(job.get("uses") for job in _jobs(name, plain)) else ""
