"""What a marking offers: which actions, from which seats, and whether their guards hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from states.compiling import Plan
from states.conditions import Facts
from states.definition import Action, DecisionClass, Step, StepKind
from states.marking import Marking
from states.refusals import AmbiguousAction, GuardUnmet, NotHere, UnknownAction

MAIN_CHART = ""


@dataclass(frozen=True)
class Offer:
    """An action at the place where it is offered."""

    action: Action
    step: Step
    track: str | None
    event: str


class Offers:
    """Finds, over one plan, what a marking offers and from which seats."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def _standing(self, marking: Marking) -> Iterator[tuple[str | None, Step]]:
        if marking.outcome is not None:
            return
        for name, track in marking.tracks.items():
            if track.step is not None:
                yield name, self._plan.steps[f"{marking.step}.{name}.{track.step}"]
        yield None, self._plan.steps[marking.step]

    def _anywhere(self, marking: Marking) -> Mapping[str, Action]:
        return {} if marking.outcome is not None else self._plan.anywhere[marking.step]

    def every(self, marking: Marking) -> Iterator[Offer]:
        """All actions, those of the tracks first, those of `anywhere` last."""
        for track, step in self._standing(marking):
            for action in step.actions.values():
                yield Offer(action, step, track, f"do {action.name}")
        for action in self._anywhere(marking).values():
            yield Offer(action, self._plan.steps[marking.step], None, f"any {action.name}")

    def find(self, marking: Marking, action: str, track: str | None) -> Offer:
        """The one offer that is meant; raises UnknownAction, NotHere or AmbiguousAction."""
        if action not in self._plan.actions:
            raise UnknownAction(action)
        found = [
            offer
            for offer in self._named(marking, action)
            if track is None or (offer.track or MAIN_CHART) == track
        ]
        if not found:
            raise NotHere(action, present(marking))
        if len(found) > 1:
            raise AmbiguousAction(action, tuple(offer.track or MAIN_CHART for offer in found))
        return found[0]

    def _named(self, marking: Marking, name: str) -> Iterator[Offer]:
        for track, step in self._standing(marking):
            action = step.actions.get(name)
            if action is not None:
                yield Offer(action, step, track, f"do {name}")
        action = self._anywhere(marking).get(name)
        if action is not None:
            yield Offer(action, self._plan.steps[marking.step], None, f"any {name}")

    def open_seats(self, offer: Offer, marking: Marking) -> tuple[int, ...]:
        """The seats from which the action is done; none if it is done by right."""
        seats, by = marking.seats.get(offer.step.path, ()), offer.action.by
        if by and (offer.event.startswith("any") or offer.step.kind is not StepKind.PLAIN):
            return ()
        return tuple(
            number
            for number, seat in enumerate(seats)
            if seat.verdict is None and (not by or seat.party in by)
        )

    def seat(
        self, offer: Offer, marking: Marking, seat: int | None, party: str | None
    ) -> int | None:
        """The seat that acts, None for a hat's right; raises NotHere or AmbiguousAction."""
        seats = marking.seats.get(offer.step.path, ())
        numbers = self.open_seats(offer, marking)
        mine = [n for n in numbers if party is None or seats[n].party == party]
        by_right = party in offer.action.by if party is not None else not numbers
        if seat is not None:
            if seat not in mine:
                raise NotHere(offer.action.name, present(marking))
            return seat
        if not mine:
            if by_right:
                return None
            raise NotHere(offer.action.name, present(marking))
        hats = dict.fromkeys(seats[n].party for n in mine)
        if len(hats) > 1:
            raise AmbiguousAction(offer.action.name, tuple(hats))
        return mine[0]

    def permitted(self, offer: Offer, marking: Marking, facts: Facts) -> DecisionClass:
        """Ask the guards; returns the class of the decision."""
        action, path = offer.action, offer.step.path
        decided = DecisionClass.ROUTINE
        for rule in action.classes:
            if rule.when is None or rule.when.holds(facts, marking.visits):
                decided = rule.decision_class
                break
        if action.when is not None and not action.when.holds(facts, marking.visits):
            raise GuardUnmet(action.name, (str(action.when),))
        if action.times is not None:
            key = f"{path}:{marking.visits[path]}:{action.name}"
            if marking.used.get(key, 0) >= action.times:
                raise GuardUnmet(action.name, (f"times <= {action.times}",))
        return decided

    def picked(self, offer: Offer) -> Step | None:
        """The step whose seats the action chooses."""
        if offer.action.picks is None:
            return None
        prefix = offer.step.path.removesuffix(offer.step.name)
        return self._plan.steps[f"{prefix}{offer.action.picks}"]


def present(marking: Marking) -> tuple[str, ...]:
    """Where the case stands, for telling somebody who came too late."""
    return tuple(path for path, _ in marking.standing()) or (marking.step,)
