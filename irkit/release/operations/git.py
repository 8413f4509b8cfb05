"""What a key signed in git repositories: tags signed anew, commits attested. Nothing is pushed: that is for a person to do.

sign-tag       key ("" for the one that generate-key made), user_id, other_than, repository; ref, tag, target: any number of times,
               always in this order
attest-commits key, user_id, other_than, repository; commit (any number); because (how their content is known from before)
"""

from __future__ import annotations

from pathlib import Path

from irkit.errors import BadInput
from irkit.openpgp.operations import Done, Hands, Operation
from irkit.openpgp.operations.signing_key import signer_of
from irkit.plan import GpgCommand
from irkit.release.attestations import NOTES, attest_commits, push_command
from irkit.release.tags import JudgedTag, push_commands, sign_tags


def _sign_tag(command: GpgCommand, hands: Hands) -> Done:
    path, judged = Path(command.argument("repository")), _judged(command)
    signer = signer_of(command, hands)
    signed = sign_tags(path, judged, signer)
    keep, push = push_commands(path, signed)
    facts = [("path", " ".join(one.ref for one in signed)), ("repository", str(path))]
    for one in signed:
        facts += [
            ("ref", one.ref),
            ("old_tag", one.old),
            ("new_tag", one.new),
            ("target", one.target),
            ("kept_at", one.kept_at),
        ]
    facts += [*signer.facts(), ("proven_by", "git verify-tag, sequoia"), ("push_old", keep), ("push", push)]
    done = all(one.already for one in signed)
    what = signed[0].ref if len(signed) == 1 else f"{len(signed)} tags of {path}"
    verb = "was" if len(signed) == 1 else "were"
    said = f"{verb} signed already" if done else f"{verb} signed with {signer.primary}"
    return Done(f"{what} {said}", tuple(facts))


def _attest(command: GpgCommand, hands: Hands) -> Done:
    path = Path(command.argument("repository"))
    commits = [value for name, value in command.arguments if name == "commit"]
    signer = signer_of(command, hands)
    attested, already = attest_commits(path, commits, signer, command.argument("because"))
    facts = [
        ("path", f"{path} {NOTES}"), ("repository", str(path)), ("commits", str(len(set(commits)))), ("notes", NOTES),
        ("notes_commit", attested.notes), *signer.facts(), ("proven_by", "gpg, sequoia"), ("push", push_command(path)),
    ]  # fmt: skip
    said = "were attested already" if already else f"were attested by {signer.primary}"
    return Done(f"{len(set(commits))} commits of {path} {said}", tuple(facts))


def _judged(command: GpgCommand) -> tuple[JudgedTag, ...]:
    """The triples, in order. BadInput when they are none."""
    said = [(name, value) for name, value in command.arguments if name in ("ref", "tag", "target")]
    triples = [said[at : at + 3] for at in range(0, len(said), 3)]
    if not triples or any([name for name, _ in each] != ["ref", "tag", "target"] for each in triples):
        raise BadInput(
            "a tag to be signed has a ref, a tag and a target", on=command.operation, do="make the plan again"
        )
    return tuple(JudgedTag(*(value for _, value in each)) for each in triples)


OPERATIONS: dict[str, Operation] = {"sign-tag": _sign_tag, "attest-commits": _attest}
