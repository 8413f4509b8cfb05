"""The indicators as a STIX 2.1 bundle (https://docs.oasis-open.org/cti/stix/v2.1/stix-v2.1.html). Pure.

A report names everything in it; each indicator has a pattern, and where logs show uses a sighting with what was observed. Ids are
derived from the case and the value, so that a later draft brings later versions of the same objects. Marked by TLP 2.0 as the document is
(https://github.com/oasis-open/cti-stix-common-objects, extension-definition-specifications/tlp-2.0).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from irkit.errors import NotAvailable
from irkit.extras import how_to_get
from irkit.postmortem.document import Postmortem
from irkit.postmortem.indicators import Confidence, Indicator, Kind
from irkit.postmortem.shapes.calendar import derived
from irkit.postmortem.standards.attack import NAMES
from irkit.show.plain import visible

_PATTERNS: Mapping[Kind, str] = {
    "ipv4": "ipv4-addr:value", "ipv6": "ipv6-addr:value", "url": "url:value", "sha256": "file:hashes.'SHA-256'",
    "user-agent": "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'", "account": "user-account:account_login",
    "key-id": "user-account:x_key_id", "ssh-fingerprint": "user-account:x_ssh_fingerprint",
    "openpgp-fingerprint": "file:x_openpgp_signer",
}  # fmt: skip
"""Where a pattern looks for a value. STIX has no object for a key: those properties begin with `x_`."""

_TYPES: Mapping[Kind, str] = {"key-id": "compromised", "account": "compromised", "openpgp-fingerprint": "compromised"}
_SURE: Mapping[Confidence, int] = {"high": 85, "medium": 50, "low": 15}
"""https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html#_1v6elyto0uqg (none, low, med, high)"""

_TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_TLP = {
    "clear": "94868c89-83c2-464b-929b-a1a8aa3c8487", "green": "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "amber": "55d920b0-5e8b-4f79-9ee9-91f868d9b421", "amber+strict": "939a9414-2ddd-4d32-a0cd-375ea402b003",
    "red": "e828b379-4e03-4974-9ac4-e53a884c97c1",
}  # fmt: skip


def to_stix(postmortem: Postmortem) -> str:
    """The bundle as JSON. NotAvailable without the stix2 library."""
    return str(_Bundle(_library(), postmortem).made().serialize(pretty=True)) + "\n"


def tlp_of(text: str) -> str:
    """The level of a marking in words; what names none, or several, is kept as close as "amber+strict"."""
    found = set(re.findall(r"(?i)\b(clear|green|amber\+strict|amber|red)(?![\w+])", text))
    level = {one.lower() for one in found}
    return level.pop() if len(level) == 1 else "red" if "red" in level else "amber+strict"


class _Bundle:
    def __init__(self, stix2: Any, postmortem: Postmortem) -> None:
        self.stix2, self.postmortem = stix2, postmortem
        self.made_at = postmortem.opened or postmortem.generated
        self.marking = self._marking()
        self.team = self._make(
            "Identity", "team", name=f"Response to {visible(postmortem.case_id)}", identity_class="group"
        )

    def made(self) -> Any:
        held = [self.team, *self._techniques(), *(each for one in self.postmortem.indicators for each in self._of(one))]
        title = visible(self.postmortem.title)
        report = self._make(
            "Report", "report", name=f"Rehearsal: {title}" if self.postmortem.rehearsal else title, published=self.postmortem.generated,
            report_types=["indicator", "observed-data"], created_by_ref=self.team.id,
            object_refs=[one.id for one in held],
        )  # fmt: skip
        # Observed objects are named by what they are: two sightings of one address share one.
        distinct = {one.id: one for one in (self.marking, report, *held)}
        name = f"bundle--{derived(self.postmortem, 'bundle')}"
        return self.stix2.Bundle(objects=list(distinct.values()), id=name, allow_custom=True)

    def _of(self, one: Indicator) -> Iterator[Any]:
        name = (one.kind, one.value)
        indicator = self._make(
            "Indicator", *name, name=f"{one.kind} {visible(one.value)}"[:200], description=visible(one.because),
            pattern=f"[{_PATTERNS[one.kind]} = '{_quoted(one.value)}']", pattern_type="stix",
            valid_from=one.first or self.made_at, indicator_types=[_TYPES.get(one.kind, "malicious-activity")],
            confidence=_SURE[one.confidence], created_by_ref=self.team.id,
        )  # fmt: skip
        yield indicator
        observed = _OBSERVED.get(one.kind)
        if observed is None or one.first is None or one.last is None or not one.seen:
            return
        thing = observed(self.stix2, one.value)
        times = {"first_observed": one.first, "last_observed": one.last}
        data = self._make(
            "ObservedData", *name, number_observed=min(one.seen, 999_999_999), object_refs=[thing.id],
            created_by_ref=self.team.id, **times,
        )  # fmt: skip
        yield from (thing, data)
        yield self._make(
            "Sighting", *name, sighting_of_ref=indicator.id, observed_data_refs=[data.id], count=min(one.seen, 999_999_999),
            first_seen=one.first, last_seen=_after(one.first, one.last), where_sighted_refs=[self.team.id],
            created_by_ref=self.team.id,
        )  # fmt: skip

    def _techniques(self) -> Iterator[Any]:
        """Those that a log or a record shows; what was merely possible is no pattern of this incident."""
        for one in dict.fromkeys(each.id for each in self.postmortem.techniques if each.seen == "observed"):
            page = f"https://attack.mitre.org/techniques/{one.replace('.', '/')}/"
            source = {"source_name": "mitre-attack", "external_id": one, "url": page}
            yield self._make(
                "AttackPattern",
                one,
                name=NAMES.get(one, one),
                external_references=[source],
                created_by_ref=self.team.id,
            )

    def _make(self, kind: str, *name: str, **properties: Any) -> Any:
        """An object whose id follows from the case and `name`, made when the case was and modified when this draft was."""
        made = getattr(self.stix2, kind)
        marked: dict[str, Any] = {"id": f"{made._type}--{derived(self.postmortem, made._type, *name)}"}
        marked |= {"created": self.made_at, "modified": max(self.made_at, self.postmortem.generated)}
        return made(**marked, object_marking_refs=[self.marking.id], **properties)

    def _marking(self) -> Any:
        level = tlp_of(self.postmortem.tlp)
        return self.stix2.MarkingDefinition(
            id=f"marking-definition--{_TLP[level]}", created="2022-10-01T00:00:00.000Z", name=f"TLP:{level.upper()}",
            extensions={_TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": level}},
        )  # fmt: skip


_OBSERVED: Mapping[Kind, Callable[[Any, str], Any]] = {
    "ipv4": lambda stix2, value: stix2.IPv4Address(value=value),
    "ipv6": lambda stix2, value: stix2.IPv6Address(value=value),
    "url": lambda stix2, value: stix2.URL(value=value),
    "account": lambda stix2, value: stix2.UserAccount(account_login=value),
}


def _quoted(value: str) -> str:
    """A string literal of the pattern language: section 9.3 of the specification. What acts in a terminal stands as its escape."""
    return visible(value).replace("\\", "\\\\").replace("'", "\\'")


def _after(first: datetime, last: datetime) -> datetime:
    """A sighting ends no earlier than it began."""
    return max(first, last)


def _library() -> Any:
    try:
        import stix2
    except ImportError:
        raise NotAvailable("a STIX bundle needs stix2", do=f"get it with: {how_to_get('report')}") from None
    return stix2
