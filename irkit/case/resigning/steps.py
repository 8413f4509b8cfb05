"""The steps of chapter 3, as a case has them: what the leaked key signed, fresh keys, re-signed artifacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irkit.case.desk import Desk
from irkit.case.resigning import judging
from irkit.show import View

if TYPE_CHECKING:
    from irkit.case.forms.widgets import Page


class ResigningSteps(Desk):
    """Judge what a leaked key signed, and sign again what can be trusted."""

    def inspect_key(self) -> View:
        """What of the OpenPGP key leaked: which packets, protected or not, and what therefore is to be revoked."""
        return judging.inspect_key(self)

    def judge_release(
        self,
        *releases: str | Path,
        records: Sequence[Mapping[str, str]] = (),
        listed: str | Path = "",
        home: str | Path = "",
        **record: str,
    ) -> View:
        """Take stock of what the key signed in these folders and repositories, and judge each artifact by records from before.

        `records`: mappings with path, source, at (ISO 8601), trust ("independent", "ours", "stated", "settable") and optionally of (a
        release's name); one may be given as `digest_list`, `source`, `at`, `trust` instead. `listed`: a TOML file with both
        (`irkit.case.resigning.settings`). `home`: the gpg home with the key's certificate, which makes the search for who trusts it
        many times as quick.
        """
        from irkit.case.resigning.settings import given, one_record

        return judging.judge(self, *given(releases, [*records, *one_record(record)], listed), home=str(home))

    def ways_to_revoke(self, **where: str) -> View:
        """What can be done about the old key from here: `old_home`, `certificate`, `revoker_home`, each optional."""
        from irkit.case.resigning import ways

        return ways.ways(self, **where)

    def plan_resign(self, **choices: Any) -> View:
        """Plan the fresh key, the revocation of the old one, their publication, the re-signing and the quarantine."""
        from irkit.case.resigning import planning as resigning

        return resigning.plan(self, **choices)

    def verify_signatures(self) -> View:
        """Check every re-signed artifact under the new key with gpg and with a second implementation."""
        from irkit.case.resigning import verifying

        return verifying.verify_signatures(self)

    def consumer_matrix(self, **homes: str) -> View:
        """What real consumers say to a new signature, an old one, and a backdated forgery by the old key; and what is left to do."""
        from irkit.case.resigning import matrix

        return matrix.consumer_matrix(self, **homes)

    def trust_chain(self) -> View:
        """Primary, subkeys, user ids, certifications and artifacts, before and after, drawn."""
        from irkit.case.resigning import chain

        return chain.trust_chain(self)

    def published(self) -> View:
        """Where the old and the new key stand, as read back from each place they were published at."""
        from irkit.case.resigning import published

        return published.published(self)

    def check_keys(self, policy: str | Path, *homes: str | Path) -> View:
        """The keys of these gpg homes against the team's policy. Without a policy nothing is checked, and it says so."""
        from irkit.case.resigning import key_check

        return key_check.against(policy, homes)

    def statement(self, *, wait: bool = False) -> View:
        """The transition statement, signed by the new key. With `wait`, Waiting until enough people have signed it as well."""
        from irkit.case.resigning import statement

        return statement.statement(self, wait=wait)

    def vouch(self, key: str, **how: Any) -> View:
        """A person signs the transition statement; `home` and `passphrase`, or `signature` made elsewhere."""
        from irkit.case.resigning import statement

        return statement.vouch(self, key, **how)

    def vouching(self, home: str | Path = "") -> View | Page:
        """Who vouches for the transition statement, who may, and what they sign; in JupyterLab a form to do it.

        `home`: the gpg home that the form begins with; gpg's own otherwise. BadInput while there is no statement.
        """
        from irkit.case import forms

        return forms.vouching(self, home)
