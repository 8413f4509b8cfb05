"""What a run of the canary test is told: a file named by IRKIT_CANARY, read by the command line and by every kernel."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

VARIABLE = "IRKIT_CANARY"


@dataclass(frozen=True)
class Settings:
    """`values`: files that hold a secret each, by name. `off`: the layer to switch off. `faults`: where it is kept which cells were
    broken once; none are without it, and with `step` only one of each notebook is. `kept`: a folder for what each kernel leaves in its
    private places, and for what it said on the wire. `lab`: it is JupyterLab that listens.
    """

    values: dict[str, str]
    kept: str
    off: str = ""
    faults: str = ""
    step: bool = False
    lab: bool = False

    def write(self, path: Path) -> dict[str, str]:
        """The environment that says so."""
        path.write_text(json.dumps(asdict(self)))
        root = Path(__file__).parent
        return {VARIABLE: str(path), "PYTHONPATH": os.pathsep.join([str(root / "site"), str(root.parent.parent)])}

    def texts(self) -> dict[str, str]:
        return {name: Path(path).read_text().strip() for name, path in self.values.items()}


def read() -> Settings:
    return Settings(**json.loads(Path(os.environ[VARIABLE]).read_text()))
