"""OpenPGP keys: what of one leaked, what it signed and who trusts it, and whether the keys in use keep to a policy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from irkit.cli.common import Format, RefArg, put, warn_skipped

app = typer.Typer(help="OpenPGP keys: what leaked, what a key signed, who trusts it.", no_args_is_help=True)


@app.command()
def inspect(
    ref: RefArg, fmt: Annotated[Format, typer.Option("--format", help="A table, or one JSON document.")] = Format.TABLE
) -> None:
    """What of an OpenPGP key leaked: packets, protection, revocations. file:PATH may be a .gnupg folder; nothing is imported."""
    from irkit.case.oneoff import inspected

    found = inspected(ref)
    if fmt is Format.JSON:
        put(found.document())
        warn_skipped(found.skipped)
    else:
        print(found.view().text())


@app.command()
def check(
    policy: Annotated[Path, typer.Argument(metavar="[POLICY]", help="The policy file: docs/keys.md.")] = Path(
        "keys-policy.toml"
    ),
    home: Annotated[
        list[Path] | None, typer.Option(metavar="DIR", help="Read the keys of this gpg home too; repeatable.")
    ] = None,
    keyring: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Read the public keys of this file too; repeatable.")
    ] = None,
    at: Annotated[str, typer.Option(metavar="INSTANT", help="Check as of this moment; now otherwise.")] = "",
    form: Annotated[Format | None, typer.Option("--format")] = None,
) -> None:
    """Whether the OpenPGP keys in use keep to a policy; ends with 1 when a rule is broken, soon will be, or cannot be told."""
    from irkit.case.resigning.key_check import checked

    report = checked(policy, home or (), keyring or (), at)
    if form is Format.JSON:
        put(report.document())
    else:
        print(report.view().text())
    warn_skipped(len(report.skipped))
    if report.findings:
        raise typer.Exit(1)


@app.command()
def inventory(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Release folders and git repositories.")],
    key: Annotated[
        str,
        typer.Option(
            metavar="FPR|FILE", help="Only what this key signed: a fingerprint, or a file with the public key."
        ),
    ] = "",
    keyring: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Public keys to check signatures by; repeatable.")
    ] = None,
    form: Annotated[Format | None, typer.Option("--format")] = None,
) -> None:
    """Everything a key signed: files, manifests, git tags and commits; with a keyring, what each signature is worth."""
    from irkit.case.resigning.inventory import inventoried

    found = inventoried(paths, key, keyring or ())
    if form is Format.JSON:
        put(found.document())
    else:
        print(found.view().text())
    warn_skipped(found.skipped)
