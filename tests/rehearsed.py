"""One whole drill, for every test that looks at what it left."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session")
def drill(tmp_path_factory):
    from irkit.drill.run import rehearse  # with all chapters: not for every run of a few tests
    from tests.canary.watching import processes

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
    finally:
        os.umask(mask)
        os.environ.pop("TMPDIR")
        if before is not None:
            os.environ["TMPDIR"] = before
    return folder, result, [*seen, *(text.decode("utf-8", "replace") for text in tuple(watched.arguments))], private
