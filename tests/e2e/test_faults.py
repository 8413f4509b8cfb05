"""Whatever the provider does, the case never says dead while the token lives, and never sends a request twice."""

import pytest

from irkit.model import Kind
from tests.e2e.incident import incident

FAULTS = {
    # fault: (verdicts on the GitHub token that are honest, exit codes that are)
    "accepted-but-alive": ({"not dead"}, {1}),
    "delayed-death=2": ({"dead"}, {0}),
    "waf-403": ({None, "inconclusive"}, {5}),
    "html": ({None, "inconclusive"}, {5}),
    "429": ({"dead"}, {0}),
    "429=0": ({None, "inconclusive"}, {1, 5}),
    "timeout-after-mutation": ({"dead"}, {0}),
    "500-then-done": ({"dead"}, {0}),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_makes_the_living_dead(tmp_path, fault):
    verdicts, codes = FAULTS[fault]
    with incident(tmp_path, faults=[fault]) as whole:
        code, out, err = whole.run_to_the_end()
        said = [
            record.body["verdict"]
            for record in whole.case.journal.records(Kind.VERDICT)
            if record.body["credential"] == whole.case.credentials[0].name
        ]
        assert (said[-1] if said else None) in verdicts, err
        assert code in codes, err
        revocations = [one for one in whole.provider.requests if one.what == "/credentials/revoke"]
        assert sum(one.carried_out for one in revocations) <= 1
        assert "429" in fault or len(revocations) <= 1  # what a limit refused may be sent again, nothing else
        if "dead" not in verdicts:
            assert "revoked" not in out.lower()
        whole.case.verify()
