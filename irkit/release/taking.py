"""TEMPORARY"""
from __future__ import annotations
from collections.abc import Sequence
from pathlib import Path
from irkit.model import OpenPgpKey
from irkit.release.apt import in_apt
from irkit.release.files import in_files
from irkit.release.git import in_git
from irkit.release.inventory import Inventory
from irkit.release.rpm import in_rpm
from irkit.release.embedders import trusted_in
def take(paths: Sequence[Path], key: OpenPgpKey | None, certificates=()) -> Inventory:
    parts=[]
    for path in paths:
        from irkit.sources.git import repository_at
        if repository_at(path):
            parts.append(in_git(path,key))
        elif (path/"dists").is_dir():
            parts.append(in_apt(path,key))
        elif list(path.glob("**/*.rpm")):
            parts.append(in_rpm(path,key))
        else:
            parts.append(in_files(path,key))
    found=Inventory.together(parts)
    return found
