"""Carries a succession out: positions, people, open tasks, proposals and functions go to the heirs.

All in one transaction, once. What has been stays: the old positions and appointments keep their
days, ended cases their agency, and events the names that they were written with.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from workflow import (
    appointing,
    deadlines,
    outbox,
    setting_changes,
)
from workflow.errors import NotFound
from workflow.models import (
    Agency,
    Appointment,
    FormerTitle,
    Position,
    Succession,
)
from workflow.models.succession import goes_to, waiting
from workflow.organising import agencies, positions
from workflow.succession.ending import Ending
from workflow.succession.plans import Place
from workflow.succession.under_way import DAY, Run, UnderWay

LOOK_AGAIN = "succeed_again"
"""The kind of message on which what came up meanwhile goes over too."""
A_MOMENT = timedelta(minutes=1)
"""After which what was being decided meanwhile is committed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How much went over."""

    positions: int
    made: int
    """Positions that the heirs did not have."""
    appointments: int
    tasks: int
    proposals: int
    functions: int
    children: int


def carry_out(session: Session, succession_id: int, now: datetime) -> Outcome:
    """Let the heirs have what the plan gives them, unless it was done or withdrawn.

    Raises NotFound.
    """
    found = session.get(Succession, succession_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(f"succession {succession_id}")
    if found.carried_out_at is not None or found.withdrawn_at is not None:
        return Outcome(**(found.outcome or dict.fromkeys(Outcome.__dataclass_fields__, 0)))
    for earlier in _before(session, found):
        carry_out(session, earlier, now)
    outcome = _CarryingOut(session, found, now).run()
    found.carried_out_at, found.outcome = now, asdict(outcome)
    session.flush()
    return outcome


def _before(session: Session, found: Succession) -> list[int]:
    """Successions of earlier days by which something goes to the agency, and that still wait.

    After days on which no worker ran, their messages come in any order.
    """
    query = select(Succession.id).where(
        waiting(), Succession.happens_on < found.happens_on, goes_to(found.agency_id)
    )
    return list(session.scalars(query.order_by(Succession.happens_on, Succession.id)))


def look_again(
    session: Session, succession_id: int, followed: Iterable[tuple[int, int]], now: datetime
) -> None:
    """Let go over what came up at the old positions while the others were carried over.

    `followed` are the numbers of positions and of those that follow them.
    """
    found = session.get_one(Succession, succession_id)
    successors = {before: session.get_one(Position, to) for before, to in followed}
    _CarryingOut(session, found, now).look_again(successors)


class _CarryingOut(Run):
    """Everything that goes over."""

    def __init__(self, session: Session, succession: Succession, now: datetime) -> None:
        super().__init__(session, succession, now)
        self.under_way = UnderWay(session, succession, now)
        self.made = 0

    def run(self) -> Outcome:
        """Everything, in an order in which each part finds what it needs."""
        self._lock(self.what.agency_id, *self.plan.heirs)
        successors = self._succeed()
        appointments = sum(self._follow(one, to) for one, to in successors.items())
        ending = Ending(self.session, self.what, self.now)
        held, children = ending.end() if self.what.ends else (0, 0)
        tasks, proposals = self.under_way.hand_over(successors)
        self._recount()
        self._look_again(successors)
        decree = {"decree": self.what.decree, "from": self.day.isoformat()}
        for agency_id in (self.what.agency_id, *self.plan.heirs):
            subject = agencies.subject(agency_id)
            setting_changes.note(
                self.session, subject, agencies.Change.SUCCEEDED, self.by, self.now, decree
            )
        self.session.flush()
        return Outcome(len(successors), self.made, appointments, tasks, proposals, held, children)

    def look_again(self, followed: Mapping[int, Position]) -> None:
        """Let positions, tasks and proposals that came up meanwhile go over too.

        Positions that followed may have gone on by now, to heirs of the heirs.
        """
        self._lock(self.what.agency_id, *self.plan.heirs)
        last = {before: self._last(to) for before, to in followed.items()}
        self.under_way.hand_over({**last, **self._succeed(besides=followed)})

    def _last(self, position: Position) -> Position:
        while position.closed_on is not None and position.followed_by_id is not None:
            position = self.session.get_one(Position, position.followed_by_id)
        return position

    def _lock(self, *agency_ids: int) -> None:
        """Keep others from changing the agencies; who decides may go on to refer to them.

        A decision that holds a case, and makes a position for the next task, is not waited for
        while it waits.
        """
        for agency_id in sorted(agency_ids):
            self.session.get_one(Agency, agency_id, with_for_update={"key_share": True})

    def _succeed(self, besides: Collection[int] = ()) -> dict[int, Position]:
        """Close the positions that go, but these; those that follow them, by number."""
        successors = {
            position.id: self._successor(position, place)
            for position, place in list(self._going())
            if position.id not in besides
        }
        for position_id, to in successors.items():
            self._close(position_id, to)
        for to in successors.values():
            if to.superior_id and to.id in positions.line(self.session, to.superior_id):
                to.superior_id = None
        return successors

    def _going(self) -> Iterator[tuple[Position, Place]]:
        """The positions that go, each with where; those that came after the plan too."""
        query = select(Position).where(
            Position.agency_id == self.what.agency_id,
            Position.closed_on.is_(None) | (Position.closed_on >= self.day),
        )
        for position in self.session.scalars(query.order_by(Position.id)).all():
            place = self.plan.places.get(position.id)
            if place is None and self.what.ends:
                place = Place(self.plan.heirs[0], position.post)
            if place is not None:
                yield position, place

    def _successor(self, position: Position, place: Place) -> Position:
        found = self.session.scalar(
            select(Position).where(
                Position.agency_id == place.agency_id, Position.post == place.post
            )
        )
        if found is None:
            found = self._made(position, place)
        found.closed_on = found.followed_by_id = None
        self.session.flush()  # others may go to it, and answer to it
        return found

    def _made(self, position: Position, place: Place) -> Position:
        """A position of the heir like the one that goes, with its titles from the day on."""
        made = Position(
            agency_id=place.agency_id,
            post=place.post,
            title=position.title,
            superior_id=position.superior_id,
            places=position.places,
        )
        self.session.add(made)
        self.session.flush()  # its number is needed for its titles
        query = select(FormerTitle).where(
            FormerTitle.position_id == position.id, FormerTitle.valid_until >= self.day
        )
        for one in self.session.scalars(query).all():
            last_day = one.valid_until
            self.session.add(
                FormerTitle(position_id=made.id, title=one.title, valid_until=last_day)
            )
        self.made += 1
        return made

    def _close(self, position_id: int, to: Position) -> None:
        """Let the other position follow; whoever answered to this one answers to that."""
        below = update(Position).where(Position.superior_id == position_id, Position.id != to.id)
        self.session.execute(below.values(superior_id=to.id))
        own = update(Position).where(Position.id == position_id)
        self.session.execute(own.values(closed_on=self.day - DAY, followed_by_id=to.id))
        self.session.expire(to)
        if to.superior_id == position_id:
            to.superior_id = self.session.get_one(Position, position_id).superior_id

    def _follow(self, position_id: int, to: Position) -> int:
        """End the appointments to a position that goes; its holders follow where it is planned.

        They are locked so that a decision can still say that it was made by one of them.
        """
        query = (
            select(Appointment)
            .where(
                Appointment.position_id == position_id,
                Appointment.ends_on.is_(None)
                | (Appointment.ends_on >= func.greatest(Appointment.starts_on, self.day)),
            )
            .order_by(Appointment.id)
            .with_for_update(key_share=True)
        )
        letter = (self.what.decree, self.what.decree_on)
        count = 0
        for held in self.session.scalars(query).all():
            goes = position_id in self.plan.following
            appointing.hand_over(
                self.session,
                held,
                to.id if goes else None,
                self.day,
                letter,
                by=self.by,
                now=self.now,
            )
            count += goes
        return count

    def _look_again(self, successors: Mapping[int, Position]) -> None:
        """What somebody decides at this very moment comes to light when it is committed."""
        followed = [[before, to.id] for before, to in successors.items()]
        about = {"succession_id": self.what.id, "followed": followed}
        key, then = f"{LOOK_AGAIN}:{self.what.id}", self.now + A_MOMENT
        row = outbox.row(LOOK_AGAIN, key, about, self.now, then)
        outbox.post(self.session, [row])

    def _recount(self) -> None:
        """Count again the deadlines of all who got tasks: they may work by another week."""
        rows: list[dict[str, object]] = []
        for heir in sorted({*self.plan.heirs, *self.under_way.relieving}):
            key = f"{deadlines.REWEEK}:{heir}:{self.what.id}"
            rows.append(outbox.row(deadlines.REWEEK, key, {"agency_id": heir}, self.now))
        outbox.post(self.session, rows)
