"""Signing a release of many files anew, killed; a fresh release as soon as all of one is signed."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from random import Random

from benchmarks.killing.figures import Figures
from benchmarks.killing.striking import killed
from irkit.case import Case
from irkit.model import Kind
from irkit.openpgp import generate
from irkit.openpgp.runner import throwaway_home
from irkit.openpgp.verifying import verify_many
from tests.owners import Owner
from tests.signed_release import SignedRelease, signed_release

FILES = 300


def row(folder: Path, kills: int, chance: Random) -> Figures:
    figures, number = Figures("bulk re-sign"), 0
    while figures.kills < kills:
        with ExitStack() as stack:

            def owner() -> Owner:
                home = stack.enter_context(throwaway_home())
                return Owner(home, generate(home, "Releases (bench) <releases@example.test>"))

            place = folder / f"release-{number}"
            place.mkdir()
            release = signed_release(place, owner, stack.enter_context(throwaway_home()), FILES)
            _until_signed(release, kills, chance, figures)
        number += 1
    return figures


def _until_signed(release: SignedRelease, kills: int, chance: Random, figures: Figures) -> None:
    case, name = release.case, release.plan.name
    while True:
        left = figures.kills < kills
        struck = killed(lambda: Case.open(case.folder).carry_out(name), chance.uniform(0.2, 2.5) if left else 600)
        figures.kills += struck is True
        figures.is_broken(case.journal.broken_link())
        if struck is False:
            break
    resigned = Counter(str(one.body["path"]) for one in case.journal.records(Kind.RESIGNED))
    keys = case.journal.records(Kind.KEY_GENERATED)
    good = sum(len(one) == 1 and one[0].good for one in verify_many([keys[-1].body["certificate"]], release.pairs))
    kept = sum(release.kept(name).read_bytes() == before for name, before in release.before.items())
    figures.actions += len(release.plan.actions)
    figures.is_twice(sum(resigned.values()) - len(resigned), "records of what was signed")
    figures.is_twice(len({one.body["primary"] for one in keys}) - 1, "fresh keys")
    figures.is_lost(FILES - good, "good signatures")
    figures.is_lost(FILES - kept, "old signatures that were to be kept")
    figures.is_lost(len(release.before.keys() - resigned.keys()), "records of what was signed")
