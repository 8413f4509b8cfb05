"""Action items as data: what is proposed by rule, and what people decided about each. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from irkit.model import ApiToken, Credential, OpenPgpKey, Record, State
from irkit.postmortem.checks.answers import Checked, latest, summary
from irkit.postmortem.checks.named import Check
from irkit.postmortem.offspring import is_over, left
from irkit.postmortem.story import Story, short
from irkit.postmortem.writing.people import Front

_EACH = 6  # things that a credential made, each an item of its own


@dataclass(frozen=True)
class ActionItem:
    """One thing to be done. `id` is made of its rule and what it is about ("expiry:gh-1"), so that it is the same in every draft.

    `kind` is "contain", "recover", "prevent", "detect" or "process"; `because` the fact it follows from; `status` is "proposed" until a
    person says otherwise. Priority, owner, due day, ticket and proof that it was done are people's: None until they say.

    `checks` are those that people named for it, each with its latest answer; `in_force` is what they come to together, "by hand: not
    checked" where there are none, and "" in an edition that does not tell. `checked_at` (UTC) is when the first of them was looked at:
    the whole is as old as that.
    """

    id: str
    text: str
    kind: str
    because: str
    priority: str | None = None
    owner: str | None = None
    due: date | None = None
    ticket: str | None = None
    status: str = "proposed"
    proof: str | None = None
    in_force: str = ""
    checked_at: datetime | None = None
    checks: tuple[Checked, ...] = ()

    @property
    def is_open(self) -> bool:
        """What people called done and a check found missing is open all the same."""
        return self.status not in ("done", "rejected") or (self.status == "done" and self.in_force == "not in force")


def proposed(story: Story) -> tuple[ActionItem, ...]:
    """Proposals by rule, each with the fact it comes from, in the order a responder would take them."""
    made = [*(item for credential in story.credentials for item in _of(story, credential)), *_of_the_case(story)]
    return tuple({item.id: item for item in made}.values())


def decided(items: Sequence[ActionItem], front: Front) -> tuple[ActionItem, ...]:
    """The same with what people decided, then people's own. What was decided about an item that no rule proposes any more is kept."""
    known = {item.id: item for item in items}
    for id_, words in front.actions.items():
        gone = ActionItem(id_, "no rule proposes this any more", "process", "people decided about it in front.toml")
        known[id_] = replace(known.get(id_, gone), **words.model_dump(exclude={"checks"}))
    for own in front.own_actions:
        known[own.id] = ActionItem(**own.model_dump(exclude={"checks"}))
    return tuple(known.values())


def checks_named(front: Front) -> Mapping[str, tuple[Check, ...]]:
    """The checks that people named, by the id of their item."""
    own = {one.id: one.checks for one in front.own_actions}
    return {id_: words.checks for id_, words in front.actions.items()} | own


def checked(items: Sequence[ActionItem], front: Front, records: Iterable[Record]) -> tuple[ActionItem, ...]:
    """The same with the answers that were journalled last: `records` are those of kind CHECKED."""
    named, known = checks_named(front), tuple(records)
    found = {item.id: latest(known, item.id, [one.parameters() for one in named.get(item.id, ())]) for item in items}
    return tuple(with_answers(item, found[item.id]) for item in items)


def with_answers(item: ActionItem, answers: tuple[Checked, ...]) -> ActionItem:
    at = min((one.at for one in answers if one.at), default=None)
    return replace(item, in_force=summary(answers), checked_at=at, checks=answers)


def _of(story: Story, credential: Credential) -> Iterator[ActionItem]:
    name, about = short(credential.name), credential.name
    if story.fate(credential).state is State.ALIVE:
        text = f"Treat {name} as live: plan its revocation again and call the provider"
        yield ActionItem(f"alive:{about}", text, "contain", "it still works")
    if isinstance(credential, ApiToken):
        text = f"Replace {name} by one with an expiry date and the least scope it needs"
        yield ActionItem(f"expiry:{about}", text, "prevent", "an API token leaked")
    if isinstance(credential, OpenPgpKey):
        text = "Sign with a subkey on a hardware token and keep the primary key offline"
        yield ActionItem(f"hardware:{about}", text, "prevent", f"the key {name} leaked")
        text = f"Check that every consumer of {name} has the revocation and the new key"
        yield ActionItem(f"consumers:{about}", text, "recover", "a revocation is pulled, not pushed")
    usage = story.usages.get(about)
    if usage.skipped if usage else isinstance(credential, ApiToken):
        text = f"Collect the audit logs of {name} that were not read, before they expire"
        yield ActionItem(f"logs:{about}", text, "detect", "use in them is unknown")
    for derived in usage.derived if usage else ():
        if is_over(story, about, str(derived.get("key"))):
            continue
        because = f"it was derived from {name} and may outlive it"
        text = f"Revoke or prove expired: {derived.get('key')}"
        yield ActionItem(f"derived:{derived.get('key')}", text, "contain", because)
    found = dict.fromkeys(left(story, about))
    because = f"made with {name}, and not known to be gone"
    if len(found) > _EACH:
        some = ", ".join(f"the {kind} {made}" for kind, made in list(found)[:3])
        text = f"Remove, or prove gone, {len(found)} things that {name} made: {some} and {len(found) - 3} more"
        yield ActionItem(f"begotten:{about}", text, "contain", because)
        return
    for kind, made in found:
        yield ActionItem(f"begotten:{made}", f"Remove, or prove gone: the {kind} {made}", "contain", because)


def _of_the_case(story: Story) -> Iterator[ActionItem]:
    live = sum(found for record, _ in story.located[-1:] if isinstance(found := record.body.get("live"), int))
    if live:
        text = f"Remove the credential from {live} live places"
        yield ActionItem("live:places", text, "contain", "it still stands in branch tips or on disk")
    if story.located:
        text = "Refuse secrets before they are pushed: push protection and `irkit guard install`"
        yield ActionItem("push-protection:case", text, "prevent", "one reached a repository or a file")
    if not story.aware:
        text = "Record how and when the leak was noticed"
        yield ActionItem("aware:case", text, "process", "the journal does not say when the team learned of it")
    if story.skipped():
        text = "Obtain what could not be read, or accept in writing that it stays unknown"
        yield ActionItem("unread:case", text, "process", "evidence was skipped")
