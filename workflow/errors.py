"""What can go wrong in the domain: codes that the edge puts into words, and their values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Reason:
    """One rule that stands in the way. `code` names the rule; `values` fill its sentence."""

    code: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what was typed, beside the field it belongs to (`budget.2.amount`)."""

    field: str
    code: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)


class DomainError(Exception):
    """The parent of every error that the edge turns into an answer."""


class NotFound(DomainError):
    """Nothing by that name, or nothing that this person may know of."""


class Altered(DomainError):
    """Something that never changes is not what it was: nothing may lean on it."""


class Invalid(DomainError):
    """Input that cannot be taken; carries all of its problems at once."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(f"{problem.field}: {problem.code}" for problem in problems))
        self.problems = problems


@dataclasses.dataclass(frozen=True, slots=True)
class Attempt:
    """What was tried: enough to write a refused attempt into the journal."""

    case_id: int
    action: str
    track: str | None
    person_id: int | None
    appointment_id: int | None


class Refused(DomainError):
    """A decision or a reading that a rule forbids. Carries every reason, and the attempt if any."""

    def __init__(self, *reasons: Reason, attempt: Attempt | None = None) -> None:
        super().__init__(", ".join(reason.code for reason in reasons))
        self.reasons = reasons
        self.attempt = attempt


class Conflict(Refused):
    """Somebody was quicker: the case has moved on since the version that was seen."""

    def __init__(
        self,
        *,
        decided_by: str,
        decided_at: datetime,
        action: str,
        version: int,
        attempt: Attempt | None = None,
    ) -> None:
        values = {"by": decided_by, "at": decided_at, "action": action}
        super().__init__(Reason("already_decided", values), attempt=attempt)
        self.decided_by = decided_by
        self.decided_at = decided_at
        self.action = action
        self.version = version


class MovedMeanwhile(Conflict):
    """The case has moved on by a decision of which this person may not hear yet."""

    def __init__(self, attempt: Attempt) -> None:
        Refused.__init__(self, Reason("moved_meanwhile"), attempt=attempt)
