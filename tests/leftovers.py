"""A test module finds its process as the one before it found it, whichever ran before it in this worker."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator

import pytest

from irkit.guard import active

_LIMITS = [getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_")]


@pytest.fixture(scope="module", autouse=True)
def _as_it_was() -> Iterator[None]:
    """Puts back what a command or a case changes for its whole process, and has no reason to undo: it ends with it.

    Every case that is opened adds to what is hidden, a command of the guard forbids core dumps, Typer takes the hook for exceptions.
    """
    redactor, hook, folder, mask = active.get_redactor(), sys.excepthook, os.getcwd(), _umask()  # noqa: PTH109
    variables, limits = _variables(), {one: resource.getrlimit(one) for one in _LIMITS}
    yield
    active.set_redactor(redactor)
    sys.excepthook = hook
    os.chdir(folder)
    os.umask(mask)
    for one, limit in limits.items():
        if resource.getrlimit(one) != limit:
            resource.setrlimit(one, limit)
    for name in _variables().keys() - variables.keys():
        del os.environ[name]
    os.environ.update(variables)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _variables() -> dict[str, str]:
    """But for pytest's own, which tells it what runs."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
