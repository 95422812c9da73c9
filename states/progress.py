"""A marking on its way to the next: steps are left and entered, seats opened, verdicts joined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from states.compiling import ENDED, Plan
from states.conditions import Atom, Condition, Facts, Name
from states.definition import Duration, Outcome, Seats, Step, StepKind, TrackChart
from states.marking import Kept, Marking, Seat, Track
from states.move import Closed, Joined, Opened
from states.refusals import Endless
from states.tally import count, decide

MOST_HOPS = 100
Status = Literal["done", "outvoted", "cancelled", "lapsed"]


class Progress:
    """Copies of what a marking holds, changed step by step, and a list of what changed."""

    def __init__(
        self, plan: Plan, marking: Marking, facts: Facts, holders: Mapping[str, int]
    ) -> None:
        self.plan = plan
        self.facts = facts
        self.holders = holders
        self.step = marking.step
        self.tracks = dict(marking.tracks)
        self.visits = dict(marking.visits)
        self.seats = dict(marking.seats)
        self.used = dict(marking.used)
        self.kept = dict(marking.kept)
        self.picked = dict(marking.picked)
        self.clocks = marking.clocks
        self.outcome: Outcome | None = None
        self.opened: list[Opened] = []
        self.closed: list[Closed] = []
        self.left: list[tuple[str, int]] = []
        self.entered: list[tuple[str, int]] = []
        self.joined: list[Joined] = []
        self.verdict: str | None = None
        self._hops = 0

    def marking(self) -> Marking:
        """The marking that was reached."""
        return Marking(
            step=self.step,
            tracks=self.tracks,
            visits=self.visits,
            seats=self.seats,
            used=self.used,
            kept=self.kept,
            picked=self.picked,
            clocks=self.clocks,
            outcome=self.outcome,
        )

    # leaving

    def leave(self, path: str, seat: int | None, status: Status, others: Status) -> None:
        """End the visit: the acting seat's task gets `status`, other open ones get `others`."""
        visit = self.visits[path]
        for number, one in enumerate(self.seats.pop(path)):
            if one.verdict is None:
                ended = status if number == seat else others
                self.closed.append(Closed(path, visit, number, ended))
        self._end_visit(path)

    def _end_visit(self, path: str) -> None:
        """Note that the visit is over, and forget how often its actions were used."""
        visit = self.visits[path]
        self.left.append((path, visit))
        if self.used:
            prefix = f"{path}:{visit}:"
            self.used = {k: n for k, n in self.used.items() if not k.startswith(prefix)}

    def leave_main(self, seat: int | None) -> None:
        """End whatever is under way in the main chart, all tracks included."""
        step = self.plan.steps[self.step]
        if step.kind is StepKind.PARALLEL:
            self._leave_tracks(step, None)
        else:
            self.leave(step.path, seat, "done", "cancelled")

    def _leave_tracks(self, step: Step, outcome: str | None) -> None:
        for name, track in self.tracks.items():
            if track.step is not None:
                self.leave(f"{step.path}.{name}.{track.step}", None, "cancelled", "cancelled")
        if step.again is not None:
            self.kept[step.path] = Kept(outcome, self._verdicts())
        self.tracks = {}
        self._end_visit(step.path)

    def _verdicts(self) -> dict[str, str]:
        return {name: t.verdict for name, t in self.tracks.items() if t.verdict is not None}

    # going on

    def go(self, track: str | None, target: str) -> None:
        """Go on to a target of the chart, and to all that follows from it."""
        if target.startswith(ENDED):
            self.verdict = target.removeprefix(ENDED)
        if track is None:
            self.enter(target)
        else:
            step = self.plan.steps[self.step]
            self._enter_track(step, step.tracks[track], target)
            if self.tracks[track].verdict is not None:
                self.join(step, closing=False)

    def stand(self, path: str) -> None:
        """Open a visit at a step, of the main chart or of a track of the step where one stands."""
        parallel, _, inner = path.partition(".")
        if not inner:
            self.enter(path)
            return
        track, _, name = inner.partition(".")
        step = self.plan.steps[parallel]
        self._enter_track(step, step.tracks[track], name)

    def enter(self, name: str) -> None:
        """Enter a step of the main chart, following forks until somebody stands."""
        step = self._hop(name)
        while step.kind is StepKind.ROUTE:
            target = self.plan.main.lead(step.name, "route", self.facts, self.visits)
            step = self._hop(target)
        self.step = step.name
        if step.kind is StepKind.PARALLEL:
            self._enter_parallel(step)
        elif step.kind is StepKind.FINAL:
            self._visit(step.path)
            self.outcome = step.final
        else:
            self._open(step)

    def _hop(self, name: str) -> Step:
        self._hops += 1
        if self._hops > MOST_HOPS:
            raise Endless(name)
        return self.plan.steps[name]

    def _visit(self, path: str) -> int:
        visit = self.visits[path] = self.visits.get(path, 0) + 1
        self.entered.append((path, visit))
        return visit

    def _open(self, step: Step) -> None:
        within = self.within(step)
        visit = self._visit(step.path)
        hats = self._hats(step)
        self.seats[step.path] = tuple(Seat(hat) for hat in hats)
        lapses = bool(step.on_lapse)
        for number, hat in enumerate(hats):
            self.opened.append(Opened(step.path, visit, number, hat, within, lapses))

    def within(self, step: Step) -> Duration | None:
        """How long a visit may take that begins now."""
        for limit in step.within:
            if limit.when is None or limit.when.holds(self.facts, self.visits):
                return limit.duration
        return None

    def _hats(self, step: Step) -> tuple[str, ...]:
        hats, seats = self.plan.seats[step.path], step.seats
        if seats is None or seats.party is None:
            return hats
        return hats * self._number(step, seats)

    def _number(self, step: Step, seats: Seats) -> int:
        """How many seats; a step never opens without one, so that somebody must be found."""
        if seats.count == "picked":
            wanted = self.picked.get(step.path, 1)
        elif seats.count == "holders":
            wanted = self.holders.get(str(seats.party), 1)
        else:
            return seats.count
        return max(1, min(wanted, seats.most))

    # tracks and tallies

    def _enter_parallel(self, step: Step) -> None:
        before = self.kept.get(step.path)
        present = [track for track in step.tracks.values() if self._present(step, track, before)]
        self._visit(step.path)
        self.tracks = {}
        for track in present:
            verdict = self._still_valid(step, track, before)
            if verdict is not None:
                self.tracks[track.name] = Track(None, verdict)
            else:
                self._enter_track(step, track, track.initial)
        self.join(step, closing=False)

    def _present(self, step: Step, track: TrackChart, before: Kept | None) -> bool:
        """A track once opened stays; one that was not needed is asked again on coming back."""
        if track.when is None or (before is not None and track.name in before.verdicts):
            return True
        prefix = f"{step.path}.{track.name}."
        if any(path.startswith(prefix) for path in self.visits):
            return True
        return track.when.holds(self.facts, self.visits)

    def _still_valid(self, step: Step, track: TrackChart, before: Kept | None) -> str | None:
        again = step.again
        if again is None or before is None or before.outcome is None:
            return None
        verdict = before.verdicts.get(track.name)
        if verdict not in again.keep or (again.after and before.outcome not in again.after):
            return None
        if again.unless_changed and _changed(track.name).holds(self.facts, self.visits):
            return None
        return verdict

    def _enter_track(self, parallel: Step, track: TrackChart, target: str) -> None:
        chart = self.plan.tracks[parallel.path, track.name]
        while not target.startswith(ENDED):
            step = self._hop(f"{parallel.path}.{track.name}.{target}")
            if step.kind is not StepKind.ROUTE:
                self._open(step)
                self.tracks[track.name] = Track(target, None)
                return
            target = chart.lead(target, "route", self.facts, self.visits)
        self.tracks[track.name] = Track(None, target.removeprefix(ENDED))

    def join(self, step: Step, *, closing: bool) -> None:
        """Count the tracks; when a rule decides, the other tracks end and the case goes on."""
        verdicts = (track.verdict for track in self.tracks.values())
        number = decide(step.tally, count(self.plan.words[step.path], verdicts), closing=closing)
        if number is None:
            return
        outcome = step.tally[number].outcome
        visit = self.visits[step.path]
        self.joined.append(Joined(step.path, visit, outcome, self._verdicts()))
        self._leave_tracks(step, outcome)
        self.enter(self.plan.main.lead(step.name, f"rule {number}", self.facts, self.visits))

    def poll(self, step: Step, track: str | None, seat: int | None, *, closing: bool) -> None:
        """Count the seats; when a rule decides, the seats not heard are outvoted."""
        seats = self.seats[step.path]
        counts = count(self.plan.words[step.path], (one.verdict for one in seats))
        number = decide(step.tally, counts, closing=closing)
        if number is None:
            return
        given = {str(n): one.verdict for n, one in enumerate(seats) if one.verdict is not None}
        outcome, visit = step.tally[number].outcome, self.visits[step.path]
        self.joined.append(Joined(step.path, visit, outcome, given))
        self.leave(step.path, seat, "done", "outvoted")
        chart = self.plan.chart(step.path, track)
        target = chart.lead(step.name, f"rule {number}", self.facts, self.visits)
        self.go(track, target)


def _changed(track: str) -> Condition:
    name = f"changed.{track}"
    return Condition(Atom(Name(name), "==", True), name)
