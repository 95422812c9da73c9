"""The machine of a definition: which acts a marking offers, and what an act makes of it.

Pure: markings go in, moves come out; the machine keeps no case and can be shared by threads.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from threading import Lock

from states.compiling import Plan
from states.conditions import Facts
from states.definition import Action, DecisionClass, Definition, Duration, Outcome, Step
from states.doing import carry_out
from states.marking import Marking
from states.move import Move, Option
from states.offers import MAIN_CHART, Offer, Offers, present
from states.progress import Progress
from states.refusals import Endless, GuardUnmet, NeedsMissing, NotHere, UnknownFact, WrongPick

__all__ = ["MAIN_CHART", "Machine", "machine_for"]

MOST_CACHED = 64
_NOBODY: Mapping[str, int] = {}


class Machine:
    """Answers for every marking of one definition; made by `machine_for`."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self._plan = Plan(definition)
        self._offers = Offers(self._plan)

    def step(self, path: str) -> Step:
        """The step of a path; raises KeyError."""
        return self._plan.steps[path]

    def paths(self) -> tuple[str, ...]:
        """The paths of all steps in document order."""
        return tuple(self._plan.steps)

    def start(self, facts: Facts, holders: Mapping[str, int] = _NOBODY) -> Move:
        """Open a case at the initial step."""
        before = Marking(step="")
        progress = Progress(self._plan, before, facts, holders)
        progress.enter(self.definition.initial)
        action = Action("start", 0)
        return _move(action, None, (progress.step, 1), None, before, progress, ())

    def available(
        self, marking: Marking, facts: Facts, action: str | None = None
    ) -> tuple[Option, ...]:
        """Every action of every place where the case stands, with what stands in its way.

        `action` asks for the actions of this name only.
        """
        return tuple(
            self._option(offer, marking, facts)
            for offer in self._offers.every(marking)
            if action in (None, offer.action.name)
        )

    def fire(
        self,
        marking: Marking,
        action: str,
        facts: Facts,
        *,
        track: str | None = None,
        seat: int | None = None,
        party: str | None = None,
        picks: int = 0,
        given: frozenset[str] | None = None,
        holders: Mapping[str, int] = _NOBODY,
    ) -> Move:
        """Do an action and return everything that it changes; the marking stays as it is.

        `track` "" is the main chart, None wherever the action is offered just once. `seat` and
        `party` say from which task and in which hat; by default the only open seat. `given`
        None does not check needs. Raises a Refusal that names what is in the way.
        """
        offer = self._offers.find(marking, action, track)
        seat = self._offers.seat(offer, marking, seat, party)
        decided = self._offers.permitted(offer, marking, facts)
        missing = () if given is None else tuple(n for n in offer.action.needs if n not in given)
        if missing:
            raise NeedsMissing(action, missing)
        progress = Progress(self._plan, marking, facts, holders)
        self._pick(offer, picks, progress)
        started = self._start_clocks(offer.step.path, action, progress)
        carry_out(self._plan, offer, seat, progress)
        at = (offer.step.path, marking.visits[offer.step.path])
        return _move(offer.action, offer.track, at, seat, marking, progress, started, decided)

    def lapse(
        self, marking: Marking, path: str, facts: Facts, holders: Mapping[str, int] = _NOBODY
    ) -> Move:
        """Pass the deadline of an open visit; raises NotHere if the visit is over or stays.

        A clock may start with it, under the name "lapse".
        """
        step = self._plan.steps.get(path)
        if step is None or path not in marking.seats or not step.on_lapse:
            raise NotHere("lapse", present(marking))
        track = path.split(".")[1] if "." in path else None
        progress = Progress(self._plan, marking, facts, holders)
        chart = self._plan.chart(path, track)
        target = chart.lead(step.name, "lapse", facts, marking.visits)
        started = self._start_clocks(path, "lapse", progress)
        progress.leave(path, None, "lapsed", "lapsed")
        progress.go(track, target)
        at = (path, marking.visits[path])
        return _move(Action("lapse", step.line), track, at, None, marking, progress, started)

    def stand(
        self,
        marking: Marking,
        paths: Iterable[str],
        facts: Facts,
        holders: Mapping[str, int] = _NOBODY,
    ) -> Move:
        """Open visits at these steps of a marking in which nobody stands there, by nobody's act.

        Raises KeyError for steps that do not exist, and a Refusal that names what is in the way.
        """
        progress = Progress(self._plan, marking, facts, holders)
        for path in paths:
            progress.stand(path)
        at = (progress.step, progress.visits.get(progress.step, 1))
        return _move(Action("stand", 0), None, at, None, marking, progress, ())

    def cancelled(self, marking: Marking) -> Marking:
        """The end of a case that is called off: where cancelled cases end, or where it stands."""
        ends = (s.name for s in self.definition.steps.values() if s.final is Outcome.CANCELLED)
        step = next(ends, marking.step)
        return Marking(step=step, visits=marking.visits, outcome=Outcome.CANCELLED)

    def within(self, marking: Marking, path: str, facts: Facts) -> Duration | None:
        """How long a visit to the step may take by the facts of now."""
        return Progress(self._plan, marking, facts, _NOBODY).within(self._plan.steps[path])

    # what is offered

    def _option(self, offer: Offer, marking: Marking, facts: Facts) -> Option:
        action, path = offer.action, offer.step.path
        seats = self._offers.open_seats(offer, marking)
        decided, unmet, asks = self._trial(offer, marking, facts, seats)
        open_hats = [seat.party for seat in marking.seats.get(path, ()) if seat.verdict is None]
        hats = self.definition.hats(offer.step, action) if action.by else dict.fromkeys(open_hats)
        picked = self._offers.picked(offer)
        return Option(
            action=action.name,
            track=offer.track,
            path=path,
            visit=marking.visits[path],
            parties=tuple(hats),
            seats=seats,
            means=action.means,
            needs=action.needs,
            decision_class=decided,
            unmet=unmet,
            picks=None if picked is None else picked.path,
            picks_most=None if picked is None or picked.seats is None else picked.seats.most,
            letter=action.letter,
            sets=tuple(name for name in action.sets if name in self.definition.facts),
            stays=action.stays,
            closes=action.closes,
            asks=asks,
        )

    def _trial(
        self, offer: Offer, marking: Marking, facts: Facts, seats: tuple[int, ...]
    ) -> tuple[DecisionClass, tuple[str, ...], tuple[str, ...]]:
        """Try the act: its class, what is unmet, the hats that it asks.

        A class that cannot be told is taken for the stricter one.
        """
        decided = DecisionClass.STRATEGIC
        try:
            decided = self._offers.permitted(offer, marking, facts)
            progress = Progress(self._plan, marking, facts, _NOBODY)
            carry_out(self._plan, offer, seats[0] if seats else None, progress)
        except GuardUnmet as refusal:
            return decided, refusal.unmet, ()
        except UnknownFact as refusal:
            return decided, (refusal.fact,), ()
        except Endless as refusal:
            return decided, (f"a circle at {refusal.step}",), ()
        return decided, (), tuple(dict.fromkeys(opened.party for opened in progress.opened))

    # doing it

    def _start_clocks(self, path: str, action: str, progress: Progress) -> tuple[str, ...]:
        started = self._plan.clocks.get((path, action), ())
        progress.clocks += tuple(name for name in started if name not in progress.clocks)
        return started

    def _pick(self, offer: Offer, picks: int, progress: Progress) -> None:
        step = self._offers.picked(offer)
        most = step.seats.most if step is not None and step.seats is not None else 0
        if not (1 <= picks <= most or picks == most == 0):
            raise WrongPick(offer.action.name, most)
        if step is not None:
            progress.picked[step.path] = picks


def _move(
    action: Action,
    track: str | None,
    at: tuple[str, int],
    seat: int | None,
    before: Marking,
    progress: Progress,
    started: tuple[str, ...],
    decided: DecisionClass = DecisionClass.ROUTINE,
) -> Move:
    return Move(
        action=action.name,
        track=track,
        path=at[0],
        visit=at[1],
        seat=seat,
        means=action.means,
        decision_class=decided,
        verdict=action.verdict or progress.verdict,
        before=before,
        marking=progress.marking(),
        opened=tuple(progress.opened),
        closed=tuple(progress.closed),
        left=tuple(progress.left),
        entered=tuple(progress.entered),
        joined=tuple(progress.joined),
        outcome=progress.outcome,
        snapshot=action.snapshot,
        sets=action.sets,
        letter=action.letter,
        extends=action.extends,
        clocks_started=started,
    )


_cache: OrderedDict[str, Machine] = OrderedDict()
_lock = Lock()


def machine_for(definition: Definition) -> Machine:
    """The compiled machine, kept for the definitions used last and named by their hash."""
    with _lock:
        found = _cache.get(definition.hash)
        if found is not None:
            _cache.move_to_end(definition.hash)
            return found
    made = Machine(definition)
    with _lock:
        machine = _cache.setdefault(definition.hash, made)
        _cache.move_to_end(definition.hash)
        while len(_cache) > MOST_CACHED:
            _cache.popitem(last=False)
    return machine
