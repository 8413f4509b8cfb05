"""The Sequoia library, through pysequoia."""

from __future__ import annotations

from importlib.metadata import version

from irkit.openpgp.consumers.interface import Answer, Consumer, KeyringState, Sample
from irkit.openpgp.keyblock import detached_signatures
from irkit.openpgp.signatures import check_with_sequoia


def _asks(ring: KeyringState, sample: Sample) -> Answer:
    signatures = detached_signatures(sample.signature.read_bytes())
    verdicts = check_with_sequoia(ring.trusted, sample.text, signatures)
    why = "; ".join(f"{one.reason}: {one.detail.rstrip('.')}" if one.detail else one.reason for one in verdicts)
    return Answer(all(one.good for one in verdicts), why[:200])


CONSUMERS = (Consumer("pysequoia", "file", lambda: f"pysequoia {version('pysequoia')}", lambda: None, _asks),)
