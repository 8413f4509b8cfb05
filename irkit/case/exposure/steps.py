"""The steps of chapter 1, as a case has them: where and since when, and who used it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from irkit.case.desk import Desk
from irkit.case.exposure import clocks, companions, used, windows
from irkit.case.exposure.reading import Means
from irkit.show import View
from irkit.sources.clocks.capture import PAGES


class ExposureSteps(Desk):
    """Where a credential was exposed, since when, and who used it."""

    def locate(self, *paths: str | Path) -> View:
        """Find every occurrence under the paths: repositories (whole object database), folders, files."""
        return windows.locate(self, [Path(path) for path in paths])

    def companions(self) -> View:
        """What else stood where the credential stood: proposals for a person, found by a scanner that asks nobody."""
        return companions.companions(self)

    def usage(self, *logs: str | Path, **means: Any) -> View:
        """Read audit logs for every use of the case's credentials and of what they begot.

        `means`, all optional: `rules` (a folder of Sigma rules), `geoip` (an .mmdb file), `policy` (an IAM policy), `scopes`
        (a token's), `workers`, `scheduler`.
        """
        return used.usage(self, [Path(path) for path in logs], Means(**means))

    def findings(self) -> View:
        """What stands out in the logs, the worst first, each with its evidence and the harmless cause to rule out."""
        return used.findings(self)

    def descent(self) -> View:
        """What the credentials begot, drawn as a tree: sessions, keys, users; used or not, alive or not."""
        return used.descent(self)

    def activity(self) -> View:
        """Uses over time, by whom, with the exposure window drawn."""
        return used.activity(self)

    def blast(self) -> View:
        """What was done with the credentials, beside what could have been done with them."""
        return used.blast(self)

    def capture(self, repository: str) -> View:
        """Ask the host for its records of a repository (`OWNER/REPO`, `gitlab:GROUP/PROJECT`, an address) or a package; keep them.

        A package is `npm:PACKAGE` or `devpi:USER/INDEX/PACKAGE`; what was published is then shown beside the window.
        """
        return self.captured(repository)[0]

    def captured(self, repository: str, pages: int = PAGES) -> tuple[View, int]:
        """The same, and how many answers did not come, or not whole."""
        from irkit.case.exposure import uploads

        view, lost = clocks.captured(self, repository, pages)
        if clocks.is_package(repository):
            view = View(view.title, (*view.blocks, *uploads.uploads(self).blocks))
        return view, lost

    def window(self, *, clocks: Sequence[str | Path] = ()) -> View:
        """The exposure window of each credential; `clocks` are files saved from the code host, `ours:PATH` a server's reflog."""
        return windows.window(self, clocks)

    def uploads(self, *, clocks: Sequence[str | Path] = ()) -> View:
        """What was published to package registries, and whether the credential was exposed then; `clocks` as for `window`."""
        from irkit.case.exposure import uploads

        return uploads.uploads(self, clocks)

    def timeline(self) -> View:
        """The window, the commits and the uses, drawn."""
        return windows.timeline(self)
