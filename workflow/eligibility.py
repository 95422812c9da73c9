"""What keeps a holder of a position from working on one case: the same rules for every question.

Asked when somebody decides, when a task is opened or given to somebody, and when people are shown.
Knows neither actions nor tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from workflow.cases import CaseState
from workflow.errors import Reason
from workflow.versions import Version


class Standing(Protocol):
    """Somebody who holds positions, as far as the rules look at them."""

    @property
    def person_id(self) -> int:
        """Who it is."""

    @property
    def is_administrator(self) -> bool:
        """Whether the person puts others' appointments in order."""

    @property
    def agency_ids(self) -> Sequence[int]:
        """The agencies in which the person holds a position."""


Sitter = TypeVar("Sitter", bound=Standing)


@dataclass(frozen=True, slots=True)
class Asked:
    """The work of a hat at an agency, for which somebody is weighed."""

    hat: str
    agency_id: int
    agency: str


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Who may work on one case: by whose proposal it is, and by what people have done in it."""

    version: Version
    owner_line: Sequence[int]
    hats: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, case: CaseState, version: Version) -> Eligibility:
        """The rules as the case stands."""
        return cls(version, case.owner_line, case.hats)

    def bars(self, who: Standing, asked: Asked) -> Iterator[Reason]:
        """Every rule that keeps an active holder of the position from this work."""
        if who.is_administrator:
            yield Reason("administrators_do_not_decide")
        if self.is_own(who, asked):
            yield Reason("own_agency", {"agency": asked.agency})
        for worn in self.hats.get(str(who.person_id), ()):
            if frozenset({worn, asked.hat}) in self.version.apart:
                yield Reason("apart", {"hat": worn, "asked": asked.hat})

    def is_own(self, who: Standing, asked: Asked) -> bool:
        """Whether the person, or the position, belongs to the agency whose proposal is judged."""
        if asked.hat not in self.version.judging:
            return False
        return asked.agency_id in self.owner_line or not set(self.owner_line).isdisjoint(
            who.agency_ids
        )

    def eligible(self, people: Iterable[Sitter], asked: Asked) -> list[Sitter]:
        """Those of the holders whom no rule keeps from this work."""
        return [who for who in people if not any(self.bars(who, asked))]

    def at_work(
        self, people: Iterable[Sitter], asked: Asked, assignee_id: int | None
    ) -> list[Sitter]:
        """Who can do a task: its assignee alone while eligible, else every eligible holder."""
        able = self.eligible(people, asked)
        return [who for who in able if who.person_id == assignee_id] or able
