"""One whole drill, for every test that looks at what it left."""

from __future__ import annotations

import os

import pytest

from irkit.drill.run import rehearse
from tests.canary.watching import processes


@pytest.fixture(scope="session")
def drill(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drill")
    private = folder / "tmp"
    private.mkdir()
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = str(private)
    mask = os.umask(0)  # the most generous there is: what is private is so by irkit's own doing
    seen: list[str] = []
    try:
        with processes() as watched:
            result = rehearse("token-and-key", folder / "out", say=seen.append)
        os.umask(mask)
        yield folder, result, [*seen, *(text.decode("utf-8", "replace") for text in tuple(watched.arguments))], private
    finally:
        os.umask(mask)
        os.environ.pop("TMPDIR")
        if before is not None:
            os.environ["TMPDIR"] = before
