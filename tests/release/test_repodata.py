"""The index of an rpm repository, read as evidence: what was made to expand without end is refused."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from irkit.errors import BadInput
from irkit.release.rpm.repodata import read_primary, read_repomd

LAUGHS = '<!DOCTYPE x [<!ENTITY a "haha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in pairwise("abcdefghi")
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_metadata_with_a_document_type_is_refused(encoding: str, tmp_path: Path) -> None:
    said = f'<?xml version="1.0" encoding="{encoding}"?>'
    with pytest.raises(BadInput, match="not a repomd"):
        read_repomd(f"{said}{LAUGHS}]><repomd>&i;</repomd>".encode(encoding))
    (tmp_path / "primary.xml").write_bytes(f"{said}{LAUGHS}]><metadata>&i;</metadata>".encode(encoding))
    with pytest.raises(BadInput, match="cannot be read"):
        list(read_primary(tmp_path / "primary.xml"))
