"""The repositories of an organisation, as its host lists them.

GitHub: https://docs.github.com/rest/repos/repos#list-organization-repositories (`full_name`, `clone_url`). GitLab:
https://docs.gitlab.com/api/groups/#list-projects (`path_with_namespace`, `http_url_to_repo`). Archived and empty repositories are listed
like others. A wiki is a repository of its own, at the address of its project with `.wiki`; `has_wiki` and `wiki_enabled` say that there
may be one (https://docs.github.com/communities/documenting-your-project-with-wikis, https://docs.gitlab.com/user/project/wiki/).
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlsplit

from irkit.errors import BadInput, IrkitError, StepFailed
from irkit.model import Skipped
from irkit.network import Door
from irkit.providers.interface import Setting
from irkit.sources.clocks.capture import Patience, listed
from irkit.sources.fleet.targets import Target, checked

_PAGES = 400
"""Pages of an organisation's list that are asked for at most: 20,000 repositories."""

_PATIENCE_S = 180.0
"""Seconds that are waited in all for a host that says when it may be asked again."""

_LISTS = {
    "github": ("/orgs/{name}/repos", {"per_page": "50", "type": "all"}, "full_name", "clone_url"),
    "gitlab": (
        "/groups/{name}/projects",
        {"per_page": "50", "include_subgroups": "true"},
        "path_with_namespace",
        "http_url_to_repo",
    ),
}


def from_organisation(
    text: str, door: Door, setting: Setting, patience: Patience | None = None
) -> tuple[list[Target], list[Skipped]]:
    """All repositories of `github:ORG` or `gitlab:GROUP`, as its API lists them to this credential, by name; and what is missing.

    A rate limit is waited out for some minutes where the host says for how long (`patience`), and told otherwise. StepFailed when
    nothing could be listed. A repository that this credential may not see is not listed, which nobody can tell.
    """
    host, separator, name = text.partition(":")
    if not separator or host not in _LISTS or not re.fullmatch(r"[\w.-]+(/[\w.-]+)*", name, re.ASCII):
        raise BadInput("this is no organisation", on=text[:100], do="write github:ORG or gitlab:GROUP")
    path, query, named, address = _LISTS[host]
    patience = patience or Patience(_PATIENCE_S)
    entries, missing = listed(door, host, setting, path.format(name=quote(name, safe="")), query, _PAGES, patience)
    if not isinstance(entries, list):
        raise StepFailed(
            "the organisation's repositories could not be listed",
            on=text,
            why=missing,
            do="check --base and --responder",
        )
    skipped = [Skipped(text, f"not all repositories are listed: {missing}")] if missing else []
    found: dict[str, Target] = {}
    for entry in entries:
        target = _listed_target(entry, named, address)
        if isinstance(target, Target):
            found[target.name] = target
            if entry.get("has_wiki") is True or entry.get("wiki_enabled") is True:
                url = f"{target.url.removesuffix('.git')}.wiki.git"
                found[url] = Target(url, url=url, maybe=True)
        else:
            skipped.append(target)
    return sorted(found.values(), key=lambda target: target.name), skipped


def _listed_target(entry: Any, named: str, address: str) -> Target | Skipped:
    try:
        name, url = str(entry[named]), str(entry[address])
        if urlsplit(url).scheme not in ("http", "https"):
            return Skipped(name, "the host names an address that is not https, which is not cloned")
        return Target(checked(url, name), url=url)
    except (KeyError, TypeError):
        return Skipped("a repository of the organisation", "the host's entry has no name or address")
    except IrkitError as error:
        return Skipped(str(entry[named]), str(error))
