"""An installed irkit, away from its checkout, finds its notebooks, its playbooks and its papermill engine."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A new environment with the wheel; its dependencies are lent by this one, so that no network is needed."""
    folder = tmp_path_factory.mktemp("install")
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("irkit-*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")], check=True)
    python = folder / "env" / "bin" / "python"
    site = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    )
    into = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", str(site), str(wheel)]
    subprocess.run(into, check=True, capture_output=True)
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def ask(python: Path, code: str, cwd: Path) -> str:
    return subprocess.run([python, "-c", code], cwd=cwd, capture_output=True, text=True, check=True).stdout.strip()


def test_notebooks_and_playbooks_travel_in_the_wheel(installed, tmp_path):
    found = ask(
        installed,
        "import irkit; from irkit.playbook import find_notebook, find_playbook, folder\n"
        "print(irkit.__file__); print(find_playbook('token-and-key')); print(find_notebook('01_exposure', folder('playbooks')))",
        tmp_path,
    ).splitlines()
    assert len(found) == 3
    assert all(str(installed.parent.parent) in line for line in found)


def test_the_command_runs(installed, tmp_path):
    done = subprocess.run(
        [installed, "-m", "irkit", "version"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip()
