"""What a responder may write into case.toml: no secret in plain text, and where one stands it is named and not repeated."""

from __future__ import annotations

import pytest

from irkit.case import Case
from irkit.errors import BadInput, WouldLeak
from irkit.model import SecretRef


@pytest.mark.parametrize(
    "entry",
    [
        'title = "https://a:irkitFAKE@h.example"',
        '[providers.x.options]\nclient_secret = "irkitFAKE"',
        'responder = "glpat-irkitFAKEirkitFAKE12"',
    ],
)
def test_a_secret_in_case_toml_stops_whatever_is_asked_of_the_case(entry, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_TOKEN", "unknown-service_FAKE_FAKE_FAKE_0123456789")
    made = Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")])
    (made.folder / "case.toml").write_text(f'case_id = "case"\n{entry}\n')
    with pytest.raises(WouldLeak, match=r"case\.toml: .*env:NAME") as refused:
        Case.open(made.folder)
    assert "irkitFAKE" not in str(refused.value)


def test_a_secret_among_the_settings_of_a_new_case_leaves_no_case(tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_TOKEN", "unknown-service_FAKE_FAKE_FAKE_0123456789")
    with pytest.raises(WouldLeak):
        Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")], title="glpat-irkitFAKEirkitFAKE12 leaked")
    assert not (tmp_path / "case").exists()


def test_another_users_case_is_said_to_be_one(tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_TOKEN", "unknown-service_FAKE_FAKE_FAKE_0123456789")
    made = Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")])

    def denied(path, *_args, **_named):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.read_text", denied)
    with pytest.raises(BadInput, match="another user's"):
        Case.open(made.folder)
