"""What a place serves of the old key and of the new one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Old = Literal["revoked", "soft", "good", "absent", "unknown"]
New = Literal["present", "outdated", "unusable", "absent", "unknown"]
Answer = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class PublishedAt:
    """Where a key pair stands at one place, as clean clients saw it at `asked_at` (UTC, ISO 8601).

    `old` is what becomes of the old key in a client that knew it as good and asks there: "revoked" (as compromised, or without a
    reason), "soft" (revoked as superseded or retired: signatures dated earlier still count), "good" (served, not revoked),
    "absent" (nothing of it is served). `new` is "outdated" when it is there without a subkey, or with other expiries, than its
    owner's, and "unusable" when it is revoked, expired or damaged. The two answers about
    user ids say whether a client with an empty ring can take the key: one that is served without them is skipped by gpg.
    """

    place: str
    asked_at: str
    old: Old
    new: New
    why: str
    old_with_user_id: Answer = "unknown"
    new_with_user_id: Answer = "unknown"

    @property
    def published(self) -> bool:
        """The old key is revoked and the new one good, for a client that asks for the first time and for one that asks again."""
        return self.old == "revoked" and self.new == "present" and self.new_with_user_id == "yes"

    @property
    def unknown(self) -> bool:
        return "unknown" in (self.old, self.new)

    def facts(self, published: Answer | None = None) -> tuple[tuple[str, str], ...]:
        """For the journal. `published` where the place asks for something else than `self.published` says."""
        whether = published or ("yes" if self.published else "unknown" if self.unknown else "no")
        return (
            ("place", self.place), ("published", whether),
            ("old_standing", self.old), ("old_with_user_id", self.old_with_user_id), ("new_standing", self.new),
            ("new_with_user_id", self.new_with_user_id), ("why", self.why), ("read_back_at", self.asked_at),
        )  # fmt: skip
