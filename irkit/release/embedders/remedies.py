"""What must be changed where a key is trusted, so that it is trusted no more. Pure."""

from __future__ import annotations

import re

from irkit.model import TrustedIn

_BY_PATH: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), text)
    for pattern, text in (
        (r"(^|/)\.well-known/openpgpkey/", "publish the new key first and the revoked one behind it in this file"),
        (r"(^|/)(dockerfile|containerfile)[^/]*$|\.(dockerfile|containerfile)$",
         "take the new key instead, build the image anew and withdraw the old one"),
        (r"\.(sources|list)$|(^|/)etc/apt/", "name the new key's keyring in signed-by and take the old key out of every apt keyring"),
        (r"\.repo$|rpm-gpg/", "give the new key in gpgkey, and on every host: rpm -e gpg-pubkey-SHORTID-CREATED (rpm ignores revocations)"),
        (r"(^|/)(\.github/|\.gitlab-ci|\.circleci/|jenkinsfile|\.travis\.yml|azure-pipelines|\.woodpecker|bitbucket-pipelines)",
         "let the pipeline use the new key, and clear its caches and images"),
        (r"(^|/)(pom\.xml|settings\.xml|build\.gradle(\.kts)?|verification-(metadata\.xml|keyring\.(keys|gpg)))$",
         "put the new key's fingerprint among those that the build trusts and take the old one out"),
        (r"(^|/)(\.git/config|\.?gitconfig)$", "set the new key: git config user.signingkey NEW"),
        (r"(^|/)\.gitmodules$", "lead the submodule to what the new key signed"),
        (r"\.(tf|ya?ml|toml|ini|cfg|conf|json)$", "name the new key in this configuration and roll it out"),
        (r"\.(sh|bash|zsh|ps1|mk)$|(^|/)(makefile|install[^/]*)$",
         "let the script take the new key; whoever runs an old copy still takes the old one"),
        (r"\.(go|rs|py|js|ts|c|cc|cpp|h|java|kt|rb|cs|php|swift|nix|patch)$",
         "the program has it built in: change it and release every series that is still in use"),
        (r"\.(md|rst|txt|html?|adoc)$|(^|/)(readme|security|keys)[^/]*$", "tell the new key here and say that the old one is revoked"),
    )
)  # fmt: skip
_BY_HOW = {
    "armored key": "put the new key here instead of the old one",
    "binary keyring": "take the old key out of this keyring and put the new one in",
    "fingerprint": "name the new key's fingerprint",
    "long key id": "name the new key by its whole fingerprint",
    "short key id": "name the new key by its whole fingerprint; a short id fits other keys too, so this may be one of those",
    "address of the key": "lead to the new key; what stands at this address must hold the old one only as revoked",
}
_KEYRING = re.compile(r"\.(gpg|kbx|pgp|keyring)$|(^|/)trusted\.gpg")


def remedy(row: TrustedIn) -> str:
    """One sentence or two: what to change there, and what goes on trusting the key in spite of that."""
    todo = _BY_HOW.get(row.how, "take the old key out")
    by_path = next((text for pattern, text in _BY_PATH if pattern.search(row.path)), "")
    if row.how == "binary keyring" or (row.how == "armored key" and _KEYRING.search(row.path)):
        delete = f"gpg --no-default-keyring --keyring ./FILE --delete-keys {row.key.split(',')[0]}"
        by_path = (
            by_path or f"{delete}; gpg, gpgv, apt with old lists and rpm accept a revoked key as long as it is there"
        )
    text = todo if not by_path else f"{todo}: {by_path}"
    return f"{_after(row, text)}."


def _after(row: TrustedIn, text: str) -> str:
    """What of it is the past, which no change reaches."""
    shown = ", ".join(row.releases[:5]) + (f" and {len(row.releases) - 5} more" if len(row.releases) > 5 else "")
    if row.live is False and row.releases:
        return f"It is gone from the branches and still in {shown}: where these are in use, release fixed ones; else withdraw them"
    if row.live is False:
        return "It stands in the history alone: nothing to change, unless somebody builds an old commit"
    capital = text[:1].upper() + text[1:]
    return f"{capital}. Already released with it: {shown}" if row.releases else capital
