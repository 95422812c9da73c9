"""Everything that can be tried at a marking, run through the real machine in every way.

One attempt is an action from one seat, or a deadline that passes; the oracle answers its guards
in every possible way. It knows the machine and keeps nothing of what it found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from states.conditions import Atom, Oracle, Value
from states.definition import DecisionClass, Definition, FactKind
from states.machine import MAIN_CHART, Machine
from states.marking import Marking
from states.move import Move, Option
from states.oracle import ForkingOracle, Kind
from states.refusals import Endless, Refusal

START = "start"
LAPSE = "lapse"


@dataclass(frozen=True)
class Act:
    """One act of a path that shows a finding: what is done where, with facts that allow it.

    `action` is a name of the definition, "start" or "lapse"; `party` says from whose seat,
    `holders` how many people hold the posts that are seated by holders.
    """

    action: str
    path: str
    track: str | None = None
    party: str | None = None
    picks: int = 0
    holders: int = 1
    facts: tuple[tuple[str, Value], ...] = ()

    def __str__(self) -> str:
        return f"{self.path}.{self.action}"


@dataclass(frozen=True)
class Attempt:
    """Something to try; `seat` numbers the seat in the marking for which it was made."""

    act: Act
    seat: int | None
    option: Option | None

    @property
    def only_hat(self) -> str | None:
        """The one hat that can do it; None if several may, or if a deadline does."""
        if self.option is None or self.act.party is not None:
            return self.act.party
        return self.option.parties[0] if len(self.option.parties) == 1 else None


class Circle(Exception):
    """An act leads round in a circle in which nobody ever stands; `acts` end with it."""

    def __init__(self, step: str, acts: tuple[Act, ...]) -> None:
        self.step = step
        self.acts = acts
        super().__init__(step)


class _Agreeing(Oracle):
    """Says yes to everything: enough to list what a marking offers."""

    def answer(self, atom: Atom, visits: Mapping[str, int]) -> bool:
        del atom, visits
        return True


class _Holders(dict[str, int]):
    """The same number of holders for every step, noting whether anybody asked."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.asked = False

    def get(self, _path: str, _default: object = None) -> int:
        self.asked = True
        return self.number


def kinds_of(definition: Definition) -> dict[str, Kind]:
    """The type of every name that a guard may ask."""
    kinds: dict[str, Kind] = {
        fact.name: fact.values if fact.kind is FactKind.ENUMERATION else fact.kind.value
        for fact in definition.facts.values()
    }
    kinds["actor.acting"] = "boolean"
    for step in definition.steps.values():
        kinds.update({f"changed.{track}": "boolean" for track in step.tracks})
    return kinds


class Trials:
    """Runs attempts of one definition; holds only the machine and its oracle.

    Facts that are `given` stay what they are through the whole case.
    """

    def __init__(self, machine: Machine, given: Mapping[str, Value] | None = None) -> None:
        self.machine = machine
        self.definition = machine.definition
        self.steps = {step.path: step for step in self.definition.every_step()}
        self.kinds = kinds_of(self.definition)
        self.oracle = ForkingOracle(self.kinds, given)
        self._most_holders = max(
            (s.seats.most for s in self.steps.values() if s.seats and s.seats.count == "holders"),
            default=1,
        )

    def offered(self, marking: Marking) -> Iterator[Attempt]:
        """Every action here, from one open seat of each hat, with each number of picks."""
        for option in self.machine.available(marking, _Agreeing()):
            track = option.track
            for picks in range(1, (option.picks_most or 1) + 1) if option.picks else (0,):
                for seat, party in _seats(option, marking):
                    act = Act(option.action, option.path, track, party, picks)
                    yield Attempt(act, seat, option)

    def lapses(self, marking: Marking) -> Iterator[Attempt]:
        """Every deadline that would move the case."""
        for path in marking.seats:
            if self.steps[path].on_lapse:
                track = path.split(".")[1] if "." in path else None
                yield Attempt(Act(LAPSE, path, track), None, None)

    def start(self) -> Iterator[tuple[Act, Move]]:
        """Every way in which a case can begin; raises Circle."""
        act = Act(START, self.definition.initial)
        yield from self._moves(act, lambda holders: self.machine.start(self.oracle, holders))

    def outcomes(self, marking: Marking, attempt: Attempt) -> Iterator[tuple[Act, Move]]:
        """Every move to which the attempt can lead, with facts for it; raises Circle."""
        yield from self._moves(attempt.act, lambda holders: self._run(marking, attempt, holders))

    def _moves(
        self, tried: Act, run: Callable[[Mapping[str, int]], Move]
    ) -> Iterator[tuple[Act, Move]]:
        for holders in range(1, self._most_holders + 1):
            number = _Holders(holders)
            for result, facts in self.oracle.runs(lambda n=number: run(n)):  # type: ignore[misc]
                act = replace(tried, holders=holders, facts=_items(facts))
                if isinstance(result, Endless):
                    raise Circle(result.step, (act,))
                if not isinstance(result, Refusal):
                    yield act, result
            if not number.asked:
                return

    def _run(self, marking: Marking, attempt: Attempt, holders: Mapping[str, int]) -> Move:
        act = attempt.act
        if attempt.option is None:
            return self.machine.lapse(marking, act.path, self.oracle, holders=holders)
        return self.machine.fire(
            marking,
            act.action,
            self.oracle,
            track=act.track or MAIN_CHART,
            seat=attempt.seat,
            picks=act.picks,
            holders=holders,
        )


def is_definitive(act: Act, move: Move) -> bool:
    """Whether an acting officer would not have been allowed to do it."""
    strategic = move.decision_class is DecisionClass.STRATEGIC
    return strategic or dict(act.facts).get("actor.acting") is False


def _seats(option: Option, marking: Marking) -> Iterator[tuple[int | None, str | None]]:
    if not option.seats:
        yield None, None
        return
    shown = set()
    for number in option.seats:
        party = marking.seats[option.path][number].party
        if party not in shown:
            shown.add(party)
            yield number, party


def _items(facts: Mapping[str, Value]) -> tuple[tuple[str, Value], ...]:
    return tuple(sorted(facts.items()))
