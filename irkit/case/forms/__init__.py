"""Approvals, hand tasks and vouching in a notebook: a page that says who must do what, and in JupyterLab a form under it to do it.

No form takes a secret. A passphrase is given by reference; every other text is refused when it looks like a secret, its field is
emptied and it is not repeated. Forms are for JupyterLab alone: unattended, and in a saved notebook, the page with its command lines is
all there is.
"""

from __future__ import annotations

from irkit.case.forms.approving import approvals
from irkit.case.forms.by_hand import by_hand
from irkit.case.forms.vouching import vouching

__all__ = ["approvals", "by_hand", "vouching"]
