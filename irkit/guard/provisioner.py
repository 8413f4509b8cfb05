"""Kernels start with their standard output and error leading nowhere (entry point `jupyter_client.kernel_provisioners`).

ipykernel copies what child processes print to the descriptors that it was started with, and Python writes there whatever is said while
the kernel ends: both would come out in the terminal or in the server's log, past every message that is redacted. What a cell's
child processes print is shown in the notebook all the same. One place for papermill and JupyterLab alike.
"""

from __future__ import annotations

from subprocess import DEVNULL
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner


class QuietProvisioner(LocalProvisioner):
    """A kernel on this machine, without a terminal or a log to write to. `umask`: the kernel's, where the server has one of its own."""

    umask = -1

    async def pre_launch(self, **options: Any) -> dict[str, Any]:
        quiet: dict[str, Any] = await super().pre_launch(**options)
        return quiet | {"stdout": DEVNULL, "stderr": DEVNULL, "umask": self.umask}
