"""Every target, and the packages whose branches libFuzzer follows in it. To add one: a module in `targets`, and a line here.

Fewer are better: what is followed is some times slower, and what is not to the point leads astray.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from tests.fuzz.target import Target

TARGETS: dict[str, tuple[str, ...]] = {
    "packets": ("irkit.openpgp", "irkit.needles"),
    "signatures": ("irkit.openpgp",),
    "git_objects": ("irkit.sources.git", "irkit.release.carried", "irkit.release.tags"),
    "packs": (
        "irkit.sources.git.circles",
        "tests.fuzz.packed",
    ),  # not numpy's callers: atheris keeps each array they compare
    "archives": ("irkit.sources.archives", "irkit.sources.hunt", "zipfile", "tarfile", "py7zr"),
    "logs": ("irkit.sources.logs",),
    "alerts": ("irkit.sources.alerts", "irkit.providers"),
    "playbooks": ("irkit.playbook", "irkit.resign.policy_file", "irkit.case.settings", "irkit.yaml_values", "yaml"),
    "notebooks": ("irkit.guard", "irkit.redact"),
    "records": ("irkit.resign.records", "irkit.sources.clocks", "irkit.release.manifests", "irkit.openpgp.cleartext"),
    "repositories": ("irkit.release.apt", "irkit.release.rpm", "irkit.openpgp.packets"),
    "plans": ("irkit.plan", "irkit.plan_form", "irkit.model"),
    "redactor": ("irkit.redact", "irkit.needles", "irkit.sources.hunt"),
}

NOT_FOLLOWED = (
    "irkit.sources.git.pack.kernel",  # compiled by numba, which reads its bytecode and must find what was written there
    "irkit.needles.letters",  # goes letter by letter: following each would make the redactor ten times slower
)


_ROOT = Path(__file__).parents[2]


def ours() -> Iterator[str]:
    """Every module of irkit and of the fuzzers, by name."""
    for file in [*_ROOT.glob("irkit/**/*.py"), *_ROOT.glob("tests/**/*.py")]:
        yield ".".join(file.relative_to(_ROOT).with_suffix("").parts).removesuffix(".__init__")


def followed(name: str) -> list[str]:
    """The modules of irkit and of the fuzzers that are followed in a target."""
    return [one for one in ours() if _within(one, TARGETS[name]) and not _within(one, NOT_FOLLOWED)]


def _within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in packages)


def target(name: str) -> Target:
    found: Target = import_module(f"tests.fuzz.targets.{name}").TARGET
    return found
