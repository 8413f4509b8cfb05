"""Killed at any moment and run again: nothing is done twice, nothing is forgotten."""

from collections import Counter
from random import Random

import pytest

from benchmarks.killing.striking import kill_tree
from irkit.model import Kind
from tests.e2e.incident import incident

KILLS = 20


@pytest.mark.slow
def test_twenty_kills_and_one_revocation_request(tmp_path):
    chance = Random(20)  # noqa: S311
    with incident(tmp_path) as whole:
        kills = 0
        while kills < KILLS:
            process = whole.start()
            try:
                # Where the kill strikes is chance; how long a run takes is not asserted anywhere.
                process.wait(timeout=chance.uniform(0.3, 9.0))
            except Exception:
                kill_tree(
                    process, homes=whole.world.homes.all()
                )  # a kernel is in a group of its own, and so is an agent
                process.communicate()
                kills += 1
                assert whole.case.journal.broken_link() is None
            else:
                process.communicate()
                if process.returncode == 0:
                    kills += 1  # it came to its end: run the last step again and kill that
                whole.approve()
        code, _, err = whole.run_to_the_end()
        assert code == 0, err

        asked = Counter((one.what, one.whom) for one in whole.provider.requests if one.carried_out)
        assert sum(count for (what, _), count in asked.items() if what == "/credentials/revoke") == 1, asked
        assert max(asked.values()) == 1, asked
        # The leaked key, and the one that the intruder made with it.
        assert len([what for what, _ in asked if what == "UpdateAccessKey"]) == 2, asked
        whole.case.verify()
        verdicts = {
            record.body["credential"]: record.body["verdict"] for record in whole.case.journal.records(Kind.VERDICT)
        }
        assert set(verdicts.values()) == {"dead"}
        resigned = {record.body["path"] for record in whole.case.journal.records(Kind.RESIGNED)}
        assert resigned == set(whole.world.truth.artifacts_that_are("good"))
        assert len(whole.case.journal.records(Kind.KEY_GENERATED)) >= 1
        assert len({record.body["primary"] for record in whole.case.journal.records(Kind.KEY_GENERATED)}) == 1
