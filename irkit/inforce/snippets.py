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

_SEARCHES = re.compile(
    r"(?P<before>[^\n;&|]*)\birkit\s+guard\s+scan\b(?P<rest>(?:[^\n;&|\\]|\\\n|\\.)*)(?P<after>[^\n]*)"
)
_FAILS = re.compile(r"\|\|\s*(?:\{[^}]*\b)?(?:exit\s+(?:[1-9]|\$\?)|false\b|return\s+[1-9])")
_PASSES_ON = re.compile(r"\|\|\s*(?:true\b|:|exit\s+0\b|echo\b|printf\b)|&\s*(?![&>])")
_SAYS = re.compile(r"^\s*(?:-\s+)?(?:echo|printf|cat|grep|rg|:)\b")
_ASKS = re.compile(r"(?:^|\s)(?:if|while|until|elif|!)\s")
_ELSEWHERE = ("--staged", "--home", "--help")
_COMMENTS = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_SHELL_COMMENTS = re.compile(r"(?m)(?:^|(?<=\s))#[^\n]*")
_OF_JENKINS = re.compile(r"\b(?:catchError|returnStatus|warnError|when\s*\{|try\s*\{)")
_WORKFLOWS = (".github/workflows/*.yml", ".github/workflows/*.yaml")

Told = tuple[bool | None, str]
_NOT_THERE: Told = (False, "runs no irkit guard scan")
_PASSES: Told = (False, "runs irkit guard scan and goes on whatever it finds")
_SEARCHED: Told = (True, "runs irkit guard scan")
_SOMETIMES: Told = (None, "runs irkit guard scan under a condition, which is not evaluated")
_KNOWN_ALONE: Told = (False, "runs irkit guard scan for known credentials alone (--no-rules)")
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
        ran = _of_lines([_COMMENTS.sub("", text)]) or _NOT_THERE
        return _SOMETIMES if ran is _SEARCHED and _OF_JENKINS.search(text) else ran
    try:
        plain = load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None, "is no YAML that can be read"
    if not isinstance(plain, Mapping):
        return _NOT_THERE
    told = [one for job in _jobs(name, plain) if (one := _of_job(job))]
    if told and name.startswith(".github/"):
        on = _triggers(plain)
        if not on.keys() & _TRIGGERS:
            return _ON_NO_PUSH
        if not any(map(_for_all, on.items())):
            told = _perhaps(told)
    if not name.startswith(".github/") and _left_out_by(plain.get("workflow")):
        told = _perhaps(told)
    for wanted in (_SEARCHED, _SOMETIMES, _KNOWN_ALONE, _PASSES):
        if wanted in told:
            return wanted
    if elsewhere := _elsewhere(name, plain):
        return None, f"may search by what it takes from elsewhere ({elsewhere}), which is not read"
    return _NOT_THERE


def _perhaps(told: list[Told]) -> list[Told]:
    return [_SOMETIMES if one is _SEARCHED else one for one in told]


def _jobs(name: str, plain: Mapping[Any, Any]) -> Iterator[Mapping[Any, Any]]:
    jobs: Any = plain.get("jobs", {}) if name.startswith(".github/") else plain
    for key, job in jobs.items() if isinstance(jobs, Mapping) else ():
        if isinstance(job, Mapping) and not str(key).startswith("."):  # GitLab runs no job whose name begins with a dot
            yield job


def _triggers(plain: Mapping[Any, Any]) -> Mapping[str, Any]:
    """The events of a workflow of GitHub, with what narrows each. YAML 1.1 takes the word `on` for true."""
    on: Any = plain.get("on", plain.get(True))
    named = [on] if isinstance(on, str) else on
    if isinstance(named, Mapping):
        return {str(name): narrowed for name, narrowed in named.items()}
    return {str(one): None for one in named} if isinstance(named, list) else {}


def _for_all(event: tuple[str, Any]) -> bool:
    """Whether an event comes with what is pushed or asked for, whatever files it touches. Of `pull_request_target` the base is built."""
    name, narrowed = event
    if name not in _TRIGGERS or name == "pull_request_target":
        return False
    given = set(narrowed) if isinstance(narrowed, Mapping) else set()
    return not given & {"paths", "paths-ignore"} and not ("tags" in given and "branches" not in given)


def _left_out_by(job: Any) -> bool:
    """Whether rules of GitLab may leave a job out of a push or of a merge request; `if` on what a pipeline is for is understood."""
    if not isinstance(job, Mapping):
        return False
    only, rules = job.get("only"), job.get("rules")
    if only is not None or "except" in job:
        named = {*map(str, only)} if isinstance(only, list) else set()
        return "except" in job or not named & {"branches", "merge_requests"}
    if rules is None:
        return False
    every = [
        one if isinstance(one, Mapping) else {"not understood": one}
        for one in (rules if isinstance(rules, list) else [rules])
    ]
    plain = all(set(one) <= {"if"} for one in every)
    return not (plain and any(_OF_PUSHES.search(str(one.get("if", "$CI_COMMIT_BRANCH"))) for one in every))


_OF_PUSHES = re.compile(r"^\s*(?:\$CI_COMMIT_BRANCH|\$CI_PIPELINE_SOURCE\s*==\s*.(?:merge_request_event|push).)\s*$")


def _of_job(job: Mapping[Any, Any]) -> Told | None:
    if job.get("if") is False or job.get("when") in ("manual", "never"):
        return None
    passes = bool(job.get("continue-on-error")) or bool(job.get("allow_failure"))
    steps = job.get("steps")
    found = [_of_step(step) for step in steps if isinstance(step, Mapping)] if isinstance(steps, list) else []
    found.append(_of_lines(_strings(job.get("script")), piped_fails=True))
    told = [one for one in found if one]
    if passes and told:
        return _PASSES
    if _SEARCHED in told and not job.get("if") and not _left_out_by(job):
        return _SEARCHED
    if _SEARCHED in told or _SOMETIMES in told:
        return _SOMETIMES
    return told[0] if told else None


def _of_step(step: Mapping[Any, Any]) -> Told | None:
    if step.get("if") is False:
        return None
    told = _of_lines(_strings(step.get("run")), piped_fails=str(step.get("shell", "")) == "bash")
    if told and step.get("continue-on-error"):
        return _PASSES
    return _SOMETIMES if told is _SEARCHED and step.get("if") else told


def _of_lines(texts: list[str], *, piped_fails: bool = False) -> Told | None:
    """`piped_fails`: whether the shell is one that fails when what stands before a pipe does."""
    told: list[Told] = []
    for text in texts:
        plain = _SHELL_COMMENTS.sub("", text)
        sure = not re.search(r"\bset\s+\+\w*e", plain)
        fails = piped_fails or "pipefail" in plain
        told += [one for found in _SEARCHES.finditer(plain) if (one := _of_command(found, sure, fails))]
    return next(
        (one for wanted in (_SEARCHED, _SOMETIMES, _KNOWN_ALONE, _PASSES) for one in told if one is wanted), None
    )


def _of_command(found: re.Match[str], sure: bool, piped_fails: bool) -> Told | None:
    """Whether a finding ends the build: by what the command is given, and what stands before and after it in its line."""
    words, after = found["rest"].split(), found["after"].strip()
    if _SAYS.search(found["before"]) or any(word.strip("'\"") in _ELSEWHERE for word in words):
        return None
    if any(word.strip("'\"") == "--no-rules" for word in words):
        return _KNOWN_ALONE
    if _PASSES_ON.match(after):
        return _PASSES
    piped = after.startswith("|") and not after.startswith("||")
    unsure = not sure or _ASKS.search(found["before"]) or (piped and not piped_fails)
    return _SOMETIMES if unsure or (after.startswith("||") and not _FAILS.match(after)) else _SEARCHED


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [text for one in value for text in _strings(one)] if isinstance(value, list) else []


def _elsewhere(name: str, plain: Mapping[Any, Any]) -> str:
    if not name.startswith(".github/"):
        return "include" if plain.get("include") else ""
    return "a workflow of another repository" if any(job.get("uses") for job in _jobs(name, plain)) else ""
