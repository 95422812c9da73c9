"""All that a decision on a case is judged by: who is asked, from which seat, who has spoken.

Reads what lies beside the case's row and judges nothing. Gathered after the lock when a decision is
made, without a lock when buttons are drawn; the same rules then look at the same values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from states.definition import StepKind
from states.move import Option
from workflow import appointments, calendar, cases, meanings, parties
from workflow.appointments import Credentials
from workflow.calendar import Calendar
from workflow.cases import CaseState, OpenTask
from workflow.eligibility import Asked, Eligibility
from workflow.parties import Addressee, Directory, Holding
from workflow.versions import Version


@dataclass(frozen=True, slots=True)
class Way:
    """One way to take an option: in a hat, at a position, from a seat or (None) by right."""

    hat: str
    seat: int | None
    position_id: int | None
    agency_id: int
    title: str
    assignee_id: int | None


@dataclass(frozen=True)
class Situation:
    """A case with everything around it that the rules look at."""

    case: CaseState
    version: Version
    tasks: Mapping[tuple[str, int, int], OpenTask]
    addressees: Mapping[str, Addressee]
    """Whom the hats mean that may act without a task."""
    seated: Mapping[tuple[str, int], Mapping[int, int]]
    """For visits with several seats: person id -> the seat from which the person has spoken."""
    holdings: Mapping[int, list[Holding]] = field(default_factory=dict)
    """Who holds the positions that are asked; gathered where names are told."""

    @property
    def eligibility(self) -> Eligibility:
        """The rules that say who may work on the case."""
        return Eligibility.of(self.case, self.version)

    def ways(self, option: Option) -> tuple[Way, ...]:
        """Every way to take the option."""
        tasks = [self.tasks.get((option.path, option.visit, seat)) for seat in option.seats]
        seated = [self._from(task) for task in tasks if task is not None]
        sitting = {way.hat for way in seated}
        by_right = [
            Way(hat, None, asked.position_id, asked.agency_id, asked.title, None)
            for hat in option.parties
            if hat not in sitting and (asked := self.addressees.get(hat)) is not None
        ]
        return (*seated, *by_right)

    def _from(self, task: OpenTask) -> Way:
        hat = self.version.definition.hat(task.party)
        return Way(
            hat, task.seat, task.position_id, task.agency_id, task.title, self._assignee(task)
        )

    def _assignee(self, task: OpenTask) -> int | None:
        """Who was named for the task, while that person holds the position and may do it."""
        held = self.holdings.get(task.position_id, ())
        named = [holding for holding in held if holding.person_id == task.assignee_id]
        asked = Asked(self.version.definition.hat(task.party), task.agency_id, task.title)
        return task.assignee_id if self.eligibility.eligible(named, asked) else None

    def name(self, person_id: int) -> str:
        """The name of somebody who holds one of the positions, or nothing."""
        people = (holding for held in self.holdings.values() for holding in held)
        return next((holding.name for holding in people if holding.person_id == person_id), "")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A case that is locked, and what lay around it right after the lock."""

    case: CaseState
    version: Version
    now: datetime
    who: Credentials | None
    """Who asks; nobody when a deadline passes, or when there is no such person."""
    tasks: Mapping[tuple[str, int, int], OpenTask]
    directory: Directory
    calendar: Calendar


def look_around(
    session: Session,
    case: CaseState,
    version: Version,
    now: datetime,
    *,
    hats: Iterable[str],
    person_id: int | None = None,
) -> Surroundings:
    """Read what lies around a case that is locked, in one statement.

    `hats` are those that will be asked for, as far as it is known; others are read when needed.
    """
    directory = Directory(session, version.definition, case, now.date())
    places = directory.places(hats)
    asked = {"case_id": case.id, "person_id": person_id, **directory.question(places)}
    row = session.connection().exec_driver_sql(_AROUND, asked).one()
    person, tasks, found, document = row
    directory.learn(places, found)
    return Surroundings(
        case=case,
        version=version,
        now=now,
        who=None if person is None else appointments.read(session, person, now),
        tasks=cases.tasks_of(tasks),
        directory=directory,
        calendar=Calendar.read(document),
    )


def gather(
    session: Session,
    case: CaseState,
    version: Version,
    options: Iterable[Option],
    tasks: Mapping[tuple[str, int, int], OpenTask],
    directory: Directory,
) -> Situation:
    """What lies around the case, as far as these options ask for it."""
    options = tuple(options)
    hats = {hat for option in options for hat in option.parties if _by_right(option, hat, tasks)}
    voted = {
        (option.path, option.visit)
        for option in options
        if option.seats and version.machine.step(option.path).kind is StepKind.VOTED
    }
    assigned = {task.position_id for task in tasks.values() if task.assignee_id is not None}
    return Situation(
        case=case,
        version=version,
        tasks=tasks,
        addressees=directory.addressees(sorted(hats)),
        seated={visit: cases.seated(session, case.id, *visit) for visit in sorted(voted)},
        holdings=parties.holdings(session, assigned, directory.day),
    )


def with_names(
    session: Session, situation: Situation, options: Iterable[Option], day: date
) -> Situation:
    """The same situation, with the people who hold the positions that the options ask."""
    asked = {
        way.position_id
        for option in options
        for way in situation.ways(option)
        if way.position_id is not None
    }
    held = parties.holdings(session, asked | set(situation.holdings), day)
    return replace(situation, holdings=held)


def _by_right(option: Option, hat: str, tasks: Mapping[tuple[str, int, int], OpenTask]) -> bool:
    asked = (tasks.get((option.path, option.visit, seat)) for seat in option.seats)
    return all(task is None or task.party != hat for task in asked)


_AROUND = f"SELECT {appointments.WHO}, {cases.OPEN_TASKS}, {meanings.FOUND}, {calendar.DOCUMENT}"
