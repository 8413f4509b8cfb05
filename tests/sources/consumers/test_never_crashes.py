"""Whatever a file holds, a reader gives references or says that the file is broken. It never fails, and never takes long."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from irkit.sources.consumers import owners
from irkit.sources.consumers.interface import Broken
from irkit.sources.consumers.learned import assigned_name
from irkit.sources.consumers.remote import remote_of
from irkit.sources.consumers.table import may_be_read, readers_of
from tests.sources.consumers import test_readers as shapes

PATHS = sorted({case[0] for case in shapes.CASES})
_PIECES = st.sampled_from(
    [*"{}[]()<>\"'$%#:=-&*|!?,\n\t ", "${{", "}}", "secrets.", "env", "\x00", "�", "name", "\ud800"]
)


def read(path: str, text: str) -> None:
    for reader in readers_of(path):
        with suppress(Broken):
            for one in reader.read(path, text):
                assert one.line >= 1
                assert all(isinstance(name, str) for name in (*one.needs, *one.gives))


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=15, deadline=None)
@given(text=st.text() | st.lists(_PIECES, max_size=60).map("".join))
@example("jobs: [1, {steps: 3}]\nservices: {a: [b]}\nmetadata: 1\nkind: x\napiVersion: {}")
@example(
    "apiVersion: v1\nkind: Deployment\nspec: {env: [1, [2], {name: [x], valueFrom: {secretKeyRef: 3}}], volumes: {secret: []}}"
)
@example("[" * 5000)
@example("- " * 5000)
def test_any_text(path: str, text: str):
    read(path, text.replace("\ud800", "?"))


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_damage_to_a_good_file(data: st.DataObject):
    path, text, *_ = data.draw(st.sampled_from(shapes.CASES))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    put = data.draw(st.lists(_PIECES, max_size=4).map("".join)).replace("\ud800", "?")
    read(path, text[:start] + put + text[end:])


@given(st.text())
def test_owners_names_and_remotes_of_any_text(text: str):
    owners.owners_of("a/b.yml", owners.rules(text))
    assigned_name(text)
    remote_of(text)
    may_be_read(text)


HOSTILE = [
    *(
        (path, (text * 100_000)[:200_000])
        for text in (" ", " a", " {{", "\n", "\n ", "a=", "-", "'", '"\\')
        for path in (
            "Jenkinsfile",
            "a.sh",
            "a.py",
            "a.kt",
            "a.tf",
            "Dockerfile",
            ".env",
            ".npmrc",
            "a.service",
            "chart/templates/a.yaml",
        )
    ),
    *(
        (path, ((text * 4000)[:3900] + "\n") * 200)
        for text in (" ", " a", "{{ ", "a=", '"\\')
        for path in (
            "Jenkinsfile",
            "a.sh",
            "a.py",
            "a.kt",
            "a.tf",
            "Dockerfile",
            ".env",
            ".npmrc",
            "a.service",
            "chart/templates/a.yaml",
        )
    ),
    ("Jenkinsfile", "a(" + "credentialsId: " * 20_000),
    ("Jenkinsfile", "x" * 300_000),
    ("a.sh", "${" * 200_000),
    ("a.py", "getenv(" * 100_000),
    ("a.tf", "a " * 100_000 + "{"),
    ("a.tf", '"' * 200_000),
    ("Dockerfile", "ENV " + "A=" * 100_000),
    ("Dockerfile", "RUN " + "--mount=" * 50_000),
    (".npmrc", "$" * 300_000),
    (".env", "A=" + "$A" * 100_000),
    ("chart/templates/a.yaml", "{{" * 100_000),
    ("chart/templates/a.yaml", "{{ .Values." + "a." * 100_000),
    (".github/workflows/a.yml", "env: {A: '" + "${{ secrets" * 20_000 + "'}"),
    (".gitlab-ci.yml", "a: '" + "$" * 200_000 + "'"),
    ("compose.yml", "services: {a: {environment: ['" + "${A" * 50_000 + "']}}"),
]


@pytest.mark.parametrize(("path", "text"), HOSTILE, ids=[f"{one[0]}-{n}" for n, one in enumerate(HOSTILE)])
def test_no_text_makes_a_reader_slow(path: str, text: str):
    begun = time.process_time()
    read(path, text)
    assert time.process_time() - begun < 10
