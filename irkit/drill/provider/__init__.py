"""A stateful fake of the providers in the drill, on loopback, with faults to rehearse. `python -m irkit.drill.provider` runs it alone."""

from irkit.drill.provider.server import FakeProvider
from irkit.drill.provider.state import FAULTS, ProviderState, Recorded

__all__ = ["FAULTS", "FakeProvider", "ProviderState", "Recorded"]
