"""What an act does to the marking that is being made: a vote, an end, a stay, or a way on."""

from __future__ import annotations

from states.compiling import Plan
from states.definition import StepKind
from states.marking import Seat
from states.move import Closed
from states.offers import Offer
from states.progress import Progress


def carry_out(plan: Plan, offer: Offer, seat: int | None, progress: Progress) -> None:
    """Let the act of an offer, done from a seat, have its way with the progress.

    Raises GuardUnmet, UnknownFact and Endless where it leads on to nothing.
    """
    action, step, track = offer.action, offer.step, offer.track
    if step.kind is StepKind.VOTED and action.verdict is not None:
        _vote(offer, seat, progress)
    elif action.closes and step.kind is StepKind.PARALLEL:
        progress.join(step, closing=True)
    elif action.closes:
        progress.poll(step, track, seat, closing=True)
    elif action.stays:
        if action.times is not None:
            key = f"{step.path}:{progress.visits[step.path]}:{action.name}"
            progress.used[key] = progress.used.get(key, 0) + 1
    else:
        chart = plan.chart(step.path, track)
        target = chart.lead(step.name, offer.event, progress.facts, progress.visits)
        if track is None:
            progress.leave_main(seat)
        else:
            progress.leave(step.path, seat, "done", "cancelled")
        progress.go(track, target)


def _vote(offer: Offer, seat: int | None, progress: Progress) -> None:
    path, verdict = offer.step.path, offer.action.verdict
    assert seat is not None, "a vote is given from a seat"
    seats = list(progress.seats[path])
    seats[seat] = Seat(seats[seat].party, verdict)
    progress.seats[path] = tuple(seats)
    progress.closed.append(Closed(path, progress.visits[path], seat, "done"))
    progress.poll(offer.step, offer.track, seat, closing=offer.action.closes)
