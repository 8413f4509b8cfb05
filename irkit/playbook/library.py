"""Where the notebooks and playbooks are: in the wheel beside the package, or at the top level of a checkout."""

from __future__ import annotations

from pathlib import Path

from irkit.errors import BadInput

_INSTALLED = Path(__file__).parent.parent / "_library"
_CHECKOUT = Path(__file__).parent.parent.parent
SUFFIXES = (".yaml", ".yml")


def folder(name: str) -> Path:
    """The folder "notebooks" or "playbooks"."""
    for root in (_INSTALLED, _CHECKOUT):
        if (root / name).is_dir():
            return root / name
    raise BadInput(f"the {name} of irkit are not installed", do="install irkit again")


def find_notebook(name: str, beside: Path, *, outside: bool = False) -> Path:
    """A notebook by name or relative path: beside the playbook first (a team's own), then the library's.

    BadInput when it is not there, or lies outside of the playbook's folder and `outside` does not say so; links are followed.
    """
    library = folder("notebooks")
    found = _find(name, ".ipynb", (beside, library), "notebook")
    real = found.resolve()
    if outside or real.is_relative_to(beside.resolve()) or real.parent == library.resolve():
        return found
    raise BadInput(
        "the notebook lies outside of the playbook's folder", on=name,
        why="whoever reads the playbook would not find what it runs",
        do="put it beside the playbook, or say `outside: true` in that step",
    )  # fmt: skip


def find_playbook(name: str) -> Path:
    """A playbook by path, or by name from the library."""
    if name.endswith(SUFFIXES) or "/" in name:
        path = Path(name)
        if path.is_file():
            return path
    return _find(name, ".yaml", (folder("playbooks"),), "playbook")


def library_playbooks() -> tuple[Path, ...]:
    """Those of the library, by name."""
    return tuple(sorted(folder("playbooks").glob("*.yaml")))


def _find(name: str, suffix: str, places: tuple[Path, ...], what: str) -> Path:
    bare = name.removesuffix(suffix)
    for place in places:
        path = place / f"{bare}{suffix}"
        if path.is_file():
            return path
    known = sorted({path.stem for place in places for path in place.glob(f"*{suffix}")})
    raise BadInput(
        f"there is no such {what}", on=name, why=f"known: {', '.join(known)}", do="use one of these or a path"
    )
