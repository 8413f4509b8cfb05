"""The trust chain of a case: as the journal tells it, before and after."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from irkit import openpgp
from irkit.case import Case
from irkit.case.plans import keep_plan
from irkit.case.resigning.chain import trust_chain
from irkit.model import Artifact, Kind, SecretRef
from irkit.plan import Action, GpgCommand, Plan, document
from irkit.resign.choices import Release
from irkit.resign.judging import Judged, Judgement
from irkit.show import Figure, View
from tests.owners import Owner

SIGNED = datetime(2026, 1, 1, tzinfo=UTC)
PROVEN = ("a.tar.gz", "b.tar.gz", "c.tar.gz")


@pytest.fixture
def case(tmp_path: Path, owner: Owner) -> Case:
    """A case about the owner's key, with a plan that names its home, and a release that was judged."""
    case = Case.create(tmp_path / "case", [SecretRef(f"gpg:{owner.key.primary}")])
    command = GpgCommand("revoke-key", str(owner.home), owner.key.primary)
    action = Action("revoke-key", owner.key.primary, "revoke the old key", command)
    keep_plan(case, Plan(case.incident.case_id, "resign", "alice", (action,)))
    judged = (
        *(_judged(name, Judgement.TRUSTED, owner) for name in PROVEN),
        _judged("d.tar.gz", Judgement.ALTERED, owner),
    )
    plain = {"releases": [document(Release("/releases", judged))], "trusted_in": [], "skipped": [], "artifacts": []}
    digest = case.keep(plain, "judgement of the release", "/releases")
    case.write(Kind.JUDGED, {"evidence": digest, "folders": ["/releases"]})
    return case


def _judged(name: str, judgement: Judgement, by: Owner) -> Judged:
    return Judged(
        Artifact(name, "0" * 64, f"{name}.asc", by.key.signing, SIGNED, "good", primary=by.key.primary),
        judgement,
        "for a test",
    )


def carried_out(case: Case, owner: Owner, other: Owner) -> None:
    openpgp.revoke(owner.home, owner.key.primary, text="It leaked")
    case.write(Kind.KEY_REVOKED, {"key": owner.key.primary, "reason": "compromised"})
    generated = {"primary": other.key.primary, "signing": other.key.signing, "certificate": other.certificate}
    case.write(Kind.KEY_GENERATED, generated)
    for name in PROVEN[:2]:
        case.write(Kind.RESIGNED, {"path": name, "key": other.key.primary, "signing": other.key.signing})
    case.write(Kind.QUARANTINED, {"path": "d.tar.gz", "why": "altered"})


def rows(view: View, title: str) -> list[tuple[object, ...]]:
    """One side of the picture's table: name, state, why; artifacts with their number."""
    [figure] = [block for block in view.blocks if isinstance(block, Figure)]
    assert figure.data is not None
    at = figure.data.columns.index(title)
    found: list[tuple[object, ...]] = []
    for row in figure.data.rows:
        name, state, why = str(row[1]).split(" (")[0], row[at], row[at + 1]
        if str(row[0]).endswith("artifacts"):
            number, _, state = str(state).partition(" ")
            name = f"{number} {name}"
        if row[at] != "not there":
            found.append((name, state, why))
    return found


def test_before_all_of_it_hangs_on_the_old_key(case: Case, owner: Owner, other: Owner) -> None:
    carried_out(case, owner, other)
    before = rows(trust_chain(case), "Before")
    assert before[0][:2] == (owner.key.primary, "in force")
    assert before[-1] == ("4 detached", "in force", "signed")


def test_afterwards_what_was_done_hangs_on_the_new_key_and_what_was_not_on_the_revoked_one(
    case: Case, owner: Owner, other: Owner
) -> None:
    carried_out(case, owner, other)
    after = rows(trust_chain(case), "After")
    named = [row[0] for row in after]
    assert after[0][:2] == (other.key.primary, "in force")
    assert after[named.index(other.key.signing) + 1] == ("2 detached", "in force", "re-signed")
    assert after[named.index(owner.key.primary)][1:] == ("revoked", "revoked: compromised")
    assert after[named.index(owner.key.signing) + 1] == ("1 detached", "revoked", "signed with a revoked key")
    assert after[-1] == ("1 detached", "set apart", "quarantined")


def test_nothing_is_drawn_as_done_that_is_only_planned(case: Case, owner: Owner) -> None:
    view = trust_chain(case)
    assert "The old key is not revoked yet" in view.text()
    assert "No new key is made yet" in view.text()
    assert rows(view, "After") == rows(view, "Before")


def test_of_a_key_whose_certificate_is_nowhere_what_is_not_known_is_unknown(tmp_path: Path, owner: Owner) -> None:
    case = Case.create(tmp_path / "bare", [SecretRef(f"gpg:{owner.key.primary}")])
    ((name, state, why),) = rows(trust_chain(case), "Before")
    assert (name, state) == (owner.key.primary, None)
    assert "not known" in str(why)


def test_a_revocation_in_the_journal_counts_where_the_home_is_gone(
    case: Case, owner: Owner, other: Owner, tmp_path: Path
) -> None:
    carried_out(case, owner, other)
    owner.home.rename(tmp_path / "elsewhere")
    after = rows(trust_chain(case), "After")
    assert (owner.key.primary, "revoked", "revoked: compromised") in after
