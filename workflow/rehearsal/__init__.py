"""A rehearsal: every open case is brought to its end by random legal decisions of the right people.

Each decision is a transaction of its own, and what is decided follows from the seed, the case and
its version: killed at any instant, the next run goes on where this one stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from states.definition import Means
from workflow import cases, sweep
from workflow.errors import Refused
from workflow.models import Case, Decision, KeptMail, OutboxMessage, Task
from workflow.rehearsal.stand_ins import Chance, StandIn

WEIGHTS = {
    Means.FORWARD: 8.0,
    Means.APPROVE: 8.0,
    Means.RETURN: 2.0,
    Means.REJECT: 1.0,
    Means.STOP: 0.2,
}
"""How often people decide what; a return grows rarer with each visit, so that cases end."""
PATIENCE = 150
"""After so many decisions on one case nothing is returned any more."""
MOST_REFUSALS = 5


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the rehearsal: a decision on a case, its end, or nobody left to act."""

    case_id: int
    action: str | None
    outcome: str | None
    is_stuck: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of all cases: counts by name, the most frequent first."""

    outcomes: Sequence[tuple[str, int]]
    visits: Sequence[tuple[str, int]]
    decisions: Sequence[tuple[str, int]]
    mails: int


@dataclass(slots=True)
class Rehearsal:
    """Drives cases. `clock` tells the present; each decision is made `pace` later than the last."""

    sessions: sessionmaker[Session]
    clock: Callable[[], datetime]
    seed: int = 1
    pace: timedelta = timedelta()
    refused: int = 0
    passed: timedelta = field(default=timedelta(), init=False)
    """How far the decisions have run ahead of the clock."""

    def open_cases(self) -> list[int]:
        """The cases that have not ended."""
        with self.sessions() as session:
            return list(
                session.scalars(select(Case.id).where(Case.outcome.is_(None)).order_by(Case.id))
            )

    def run(self, case_ids: Sequence[int]) -> Iterator[Step]:
        """Decide on the cases in random order until each has ended or nobody can act on it."""
        going, order = list(case_ids), Random(self.seed)  # noqa: S311 - a rehearsal, no secret
        while going:
            case_id = order.choice(going)
            step = self._advance(case_id)
            if step.outcome is not None or step.is_stuck:
                going.remove(case_id)
            yield step

    def _advance(self, case_id: int) -> Step:
        for _ in range(MOST_REFUSALS):
            try:
                with self.sessions.begin() as session:
                    step = self._decide(session, case_id)
            except Refused:
                self.refused += 1  # somebody else was quicker: look again
                continue
            self.passed += self.pace
            if self.pace:
                sweep.run(self.sessions, self._now())
            return step
        return Step(case_id, None, None, is_stuck=True)

    def _decide(self, session: Session, case_id: int) -> Step:
        case = cases.lock(session, case_id)
        if case.outcome is not None:
            return Step(case_id, None, case.outcome)
        now = self._now()
        random = Random(f"{self.seed}:{case_id}:{case.version}")  # noqa: S311
        stand_in = StandIn(session, random, now)
        if case.facts.get("complete") is not True or random.random() < 0.7:
            stand_in.complete(case_id, now.year + 1)
        chances = stand_in.chances(case_id)
        if not chances:
            return Step(case_id, None, None, is_stuck=True)
        chance = choose(random, chances, case.version)
        made = stand_in.take(case_id, chance, f"rehearsal:{self.seed}:{case.version}")
        return Step(case_id, chance.offer.action, made.outcome)

    def _now(self) -> datetime:
        return self.clock() + self.passed


def summary(session: Session) -> Summary:
    """The outcomes, visits by step, decisions by action, and mails of all cases."""
    outcome = func.coalesce(Case.outcome, "open")
    visits = select(Task.path, func.count(func.distinct(func.row(Task.case_id, Task.visit))))
    sent = (
        select(func.count())
        .select_from(OutboxMessage)
        .where(OutboxMessage.kind == "mail", OutboxMessage.done_at.is_not(None))
    )
    kept = select(func.count()).select_from(KeptMail)
    return Summary(
        outcomes=_ranked(session.execute(select(outcome, func.count()).group_by(outcome)).all()),
        visits=_ranked(session.execute(visits.group_by(Task.path)).all()),
        decisions=_ranked(
            session.execute(select(Decision.action, func.count()).group_by(Decision.action)).all()
        ),
        mails=max(session.scalar(sent) or 0, session.scalar(kept) or 0),
    )


def choose(random: Random, chances: Sequence[Chance], version: int) -> Chance:
    """One of the chances, by how often people do such things at this version of a case."""
    weights = [_weight(chance, version) for chance in chances]
    if not any(weights):
        return random.choice(chances)
    return random.choices(chances, weights=weights)[0]


def _weight(chance: Chance, version: int) -> float:
    offer = chance.offer
    if offer.means is Means.RETURN:
        return 0.0 if version > PATIENCE else WEIGHTS[Means.RETURN] / offer.visit
    return WEIGHTS[offer.means]


def _ranked(rows: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(((name, count) for name, count in rows), key=lambda row: (-row[1], row[0]))
