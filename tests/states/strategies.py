"""Random definitions, random facts and random walks through them, for Hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from hypothesis import strategies as st

from states.conditions import Value
from states.definition import Definition
from states.document import Plain, write
from states.machine import Machine, machine_for
from states.marking import Marking
from states.move import Move, Option
from states.reading import read

VERDICTS = ("approve", "return", "reject")
_GUARDS = ("urgent", "size > 10", "not urgent and size <= 10", "visits(one) >= 2", "actor.acting")
_HATS = ("writer", "checker", "decider")
MAIN = ("one", "two", "three", "side", "vote", "fork")
ENDS = ("approved", "rejected")

facts: st.SearchStrategy[dict[str, Value]] = st.fixed_dictionaries(
    {"urgent": st.booleans(), "size": st.integers(0, 20), "actor.acting": st.booleans()}
)


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    """A definition with plain steps, a fork, a vote and a parallel step, wired at random."""
    standing = (*MAIN[:5], *ENDS)
    steps: dict[str, Plain] = {name: draw(_plain(standing)) for name in MAIN[:3]}
    steps["side"] = draw(_parallel(standing))
    steps["vote"] = draw(_voted(standing))
    steps["fork"] = {"route": draw(_ways(standing))}
    steps |= {name: {"final": name} for name in ENDS}
    document: Plain = {
        "key": "random",
        "subject": "proposal",
        "initial": draw(st.sampled_from(MAIN)),
        "facts": {"urgent": "boolean", "size": "integer"},
        "parties": {hat: {"agency": "planning", "post": hat} for hat in _HATS},
        "anywhere": {"quit": {"by": "writer", "to": "rejected", "unless": ["one"]}},
        "steps": steps,
    }
    return read(write(document))


def _ways(targets: tuple[str, ...]) -> st.SearchStrategy[Plain]:
    guarded = st.builds(
        lambda when, to: {"when": when, "to": to},
        st.sampled_from(_GUARDS),
        st.sampled_from(targets),
    )
    last = st.sampled_from(targets).map(lambda to: {"to": to})
    return st.builds(lambda some, one: [*some, one], st.lists(guarded, max_size=2), last)


@st.composite
def _plain(draw: st.DrawFn, targets: tuple[str, ...]) -> Plain:
    ways = _ways((*targets, "fork"))
    step: dict[str, Plain] = {
        "party": draw(st.sampled_from(_HATS)),
        "within": "2 working days",
        "actions": {
            "go": {"to": draw(ways)},
            "turn": {"to": draw(ways), "by": ["decider"]},
            "note": {"times": draw(st.integers(1, 2))},
        },
    }
    if draw(st.booleans()):
        step["on_lapse"] = draw(st.sampled_from(targets))
    return step


@st.composite
def _voted(draw: st.DrawFn, targets: tuple[str, ...]) -> Plain:
    early = draw(st.booleans())
    to = st.sampled_from(targets)
    return {
        "seats": {"party": "checker", "count": draw(st.integers(1, 4))},
        "actions": {
            "aye": {"verdict": "aye"},
            "nay": {"verdict": "nay"},
            "close": {"by": "decider", "closes": True},
        },
        "tally": [
            {"outcome": "stopped", "when": "nay >= 2", "early": early, "to": draw(to)},
            {"outcome": "carried", "when": "aye > nay", "to": draw(to)},
            {"outcome": "lost", "to": draw(to)},
        ],
    }


@st.composite
def _parallel(draw: st.DrawFn, targets: tuple[str, ...]) -> Plain:
    to = st.sampled_from(targets)
    tracks: dict[str, Plain] = {}
    for name in ("left", "right", "far")[: draw(st.integers(1, 3))]:
        deciding: Plain = {"party": "decider", "verdicts": list(VERDICTS)}
        looking: Plain = {
            "party": "checker",
            "within": "1 working day",
            "on_lapse": draw(st.sampled_from(["deciding", "looking"])),
            "actions": {"pass": "deciding", "note": {}},
        }
        tracks[name] = {"steps": {"looking": looking, "deciding": deciding}}
        if name == "far" and draw(st.booleans()):
            tracks[name] = {"when": "urgent", "steps": {"deciding": deciding}}
    return {
        "tracks": tracks,
        "actions": {"enough": {"by": "decider", "closes": True}},
        "tally": [
            {"outcome": "refused", "when": "reject >= 1", "early": True, "to": draw(to)}
            if draw(st.booleans())
            else {"outcome": "refused", "when": "reject >= 1", "to": draw(to)},
            {"outcome": "back", "when": "return >= 1 or waiting >= 1", "to": draw(to)},
            {"outcome": "passed", "to": draw(to)},
        ],
        "again": {"keep": ["approve"], "after": ["back"]},
    }


@dataclass
class Walk:
    """One case from its start, with everything that happened."""

    machine: Machine
    facts: dict[str, Value]
    moves: list[Move] = field(default_factory=list)

    @property
    def marking(self) -> Marking:
        return self.moves[-1].marking

    def options(self) -> list[Option]:
        return [o for o in self.machine.available(self.marking, self.facts) if not o.unmet]

    def do(self, option: Option, seat: int | None) -> None:
        picks = 1 if option.picks else 0
        move = self.machine.fire(
            self.marking,
            option.action,
            self.facts,
            track=option.track or "",
            seat=seat,
            picks=picks,
        )
        self.moves.append(move)

    def lapse(self, path: str) -> None:
        self.moves.append(self.machine.lapse(self.marking, path, self.facts))

    def lapsing(self) -> list[str]:
        return [p for p in sorted(self.marking.seats) if self.machine.step(p).on_lapse]


@st.composite
def walks(draw: st.DrawFn, most: int = 25) -> Walk:
    """A case of a random definition after a number of random legal acts and lapses."""
    definition = draw(definitions())
    case = Walk(machine_for(definition), draw(facts))
    case.moves.append(case.machine.start(case.facts))
    for _ in range(draw(st.integers(0, most))):
        if case.marking.outcome is not None:
            break
        acts: list[Callable[[], None]] = [
            partial(case.do, option, seat)
            for option in case.options()
            for seat in option.seats or (None,)
        ]
        acts += [partial(case.lapse, path) for path in case.lapsing()]
        if not acts:
            break
        draw(st.sampled_from(acts))()
    return case
