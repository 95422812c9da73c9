"""Random processes that mean something, and cases in them with absences, deputies and deadlines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis import strategies as st

from states.conditions import Value
from states.definition import DecisionClass, Definition
from states.document import Plain, write
from states.machine import MAIN_CHART, Machine, machine_for
from states.marking import Marking
from states.move import Move, Option
from states.refusals import Refusal
from tests.states.seeded import document

GUARDS = (
    "a",
    "not a",
    "b",
    "budget > 100",
    "lane == light",
    "lane in [standard, strategic]",
    "actor.acting",
    "visits(s0) >= 2",
)
OPPOSITES = {"a": "not a", "budget > 100": "budget <= 100", "lane == light": "lane != light"}
HATS = ("drafter", "head", "clerk", "planner", "ict", "sekda")
JUDGES = ("planner", "ict", "sekda")
LANES = ("light", "standard", "strategic")
known_facts: st.SearchStrategy[dict[str, Value]] = st.fixed_dictionaries(
    {
        "a": st.booleans(),
        "b": st.booleans(),
        "budget": st.sampled_from([0, 100, 101, 5_000]),
        "lane": st.sampled_from(LANES),
    }
)


@st.composite
def processes(draw: st.DrawFn) -> str:
    """The text of a process: a chain of steps of all kinds, with ways back, aside and by deadline.

    Most of them are sound; which are is for the gate to say.
    """
    chain = [f"s{number}" for number in range(draw(st.integers(2, 5)))]
    kinds = st.sampled_from([_plain, _plain, _plain, _voted, _parallel, _fork])
    steps: dict[str, Plain] = {}
    for number, name in enumerate(chain):
        make = _plain if number == 0 else draw(kinds)
        steps[name] = draw(make(number, [*chain, "approved"]))
    anywhere = draw(st.sampled_from(["", "anywhere: {withdraw: {by: head, to: withdrawn}}\n"]))
    ends = ("approved", "rejected", "withdrawn") if anywhere else ("approved", "rejected")
    text = document(write(steps), extra=anywhere, ends=ends)
    return text.replace("initial: drafting", "initial: s0")


def _back(number: int, chain: list[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(chain[: max(number, 1)])


@st.composite
def _ways(draw: st.DrawFn, number: int, chain: list[str]) -> Plain:
    ahead = chain[number + 1]
    if draw(st.integers(0, 3)):
        return ahead
    aside = draw(st.sampled_from([*chain[:-1], "rejected"]))
    return [{"when": draw(st.sampled_from(GUARDS)), "to": aside}, {"to": ahead}]


@st.composite
def _plain(draw: st.DrawFn, number: int, chain: list[str]) -> Plain:
    step: dict[str, Plain] = {"party": draw(st.sampled_from(HATS if number < 2 else JUDGES))}
    name = (
        "approve" if chain[number + 1] == "approved" else draw(st.sampled_from(["go", "approve"]))
    )
    forward: dict[str, Plain] = {"to": draw(_ways(number, chain))}
    actions: dict[str, Plain] = {name: forward}
    if draw(st.integers(0, 3)) == 0:
        forward["class"] = draw(
            st.sampled_from(
                ["strategic", [{"when": "lane == strategic", "is": "strategic"}, {"is": "routine"}]]
            )
        )
    if draw(st.integers(0, 3)) == 0:
        guard = draw(st.sampled_from(list(OPPOSITES)))
        forward["when"] = guard
        other = draw(st.sampled_from([*chain[:-1], "rejected"]))
        actions["instead"] = {"to": other, "when": OPPOSITES[guard]}
    if draw(st.booleans()):
        actions["return"] = draw(_back(number, chain))
    if draw(st.booleans()):
        actions["reject"] = "rejected"
    if draw(st.integers(0, 2)) == 0:
        actions["note"] = {"times": 2}
    step["actions"] = actions
    if draw(st.integers(0, 4)) in ((0, 1, 2) if number == 0 else (0,)):
        step["edits"] = ["all"]
    if draw(st.integers(0, 2)) == 0:
        step["within"] = "2 working days"
        step["on_lapse"] = draw(st.sampled_from([*chain[: number + 1], "rejected"]))
    return step


@st.composite
def _voted(draw: st.DrawFn, number: int, chain: list[str]) -> Plain:
    seats: Plain = draw(
        st.sampled_from(
            [{"each": list(JUDGES)}, {"party": "clerk", "count": 3}, {"party": "clerk", "count": 4}]
        )
    )
    lost = draw(st.sampled_from(["rejected", chain[0]]))
    veto: Plain = {"outcome": "veto", "when": "nay >= 2", "early": True, "to": lost}
    short: Plain = {"outcome": "short", "when": "cast < 2", "to": draw(_back(number, chain))}
    actions: dict[str, Plain] = {
        "aye": {"verdict": "aye", "means": "approve"},
        "nay": {"verdict": "nay", "means": "reject"},
    }
    tally: list[Plain] = [veto] if draw(st.booleans()) else []
    if draw(st.booleans()):
        actions["close"] = {"by": ["head"], "closes": True}
        tally.append(short)
    tally += [
        {"outcome": "won", "when": "aye > nay", "to": chain[number + 1]},
        {"outcome": "lost", "to": lost},
    ]
    return {"seats": seats, "actions": actions, "tally": tally}


@st.composite
def _parallel(draw: st.DrawFn, number: int, chain: list[str]) -> Plain:
    tracks: dict[str, Plain] = {}
    for hat in JUDGES[: draw(st.integers(1, 3))]:
        deciding: dict[str, Plain] = {"party": hat, "verdicts": ["approve", "return", "reject"]}
        steps: dict[str, Plain] = {"deciding": deciding}
        if draw(st.booleans()):
            reading: dict[str, Plain] = {"party": "clerk", "actions": {"pass": "deciding"}}
            if draw(st.booleans()):
                reading |= {"within": "1 working day", "on_lapse": "deciding"}
            deciding["actions"] = {"ask": "reading"}
            steps = {"reading": reading, "deciding": deciding}
        tracks[f"of_{hat}"] = {"steps": steps}
        if tracks and hat != JUDGES[0] and draw(st.booleans()):
            tracks[f"of_{hat}"] = {"when": draw(st.sampled_from(["a", "b"])), "steps": steps}
    refused: dict[str, Plain] = {"outcome": "refused", "when": "reject >= 1", "to": "rejected"}
    if draw(st.booleans()):
        refused["early"] = True
    step: dict[str, Plain] = {
        "tracks": tracks,
        "tally": [
            refused,
            {"outcome": "returned", "when": "return >= 1", "to": draw(_back(number, chain))},
            {"outcome": "passed", "to": chain[number + 1]},
        ],
    }
    if draw(st.booleans()):
        step["again"] = {"keep": ["approve"], "after": ["returned"], "unless_changed": True}
    return step


@st.composite
def _fork(draw: st.DrawFn, number: int, chain: list[str]) -> Plain:
    guards = st.sampled_from([guard for guard in GUARDS if guard != "actor.acting"])
    aside = draw(st.sampled_from([*chain[1:-1], "rejected"]))
    return {"route": [{"when": draw(guards), "to": aside}, {"to": chain[number + 1]}]}


# cases


@dataclass
class Situation:
    """A case with the facts of its subject, who is away, and who is only acting."""

    machine: Machine
    facts: dict[str, Value]
    marking: Marking = field(init=False)
    away: frozenset[str] = frozenset()
    acting: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.marking = self.machine.start(self.facts).marking

    @classmethod
    def begun(cls, definition: Definition, facts: dict[str, Value]) -> Situation:
        return cls(machine_for(definition), facts)

    def moves(self, marking: Marking, facts: dict[str, Value]) -> Iterator[Move]:
        """Everything that may happen: an act of somebody who is there, or a deadline."""
        for is_acting in (False, True):
            known = {**facts, "actor.acting": is_acting}
            for option in self.machine.available(marking, known):
                for seat, hat in self._sitting(marking, option):
                    if hat in self.away or (hat in self.acting) is not is_acting:
                        continue
                    if not option.unmet and not self._is_refused(option, is_acting):
                        yield self._fire(marking, option, seat, hat, known)
        for path in marking.seats:
            if self.machine.step(path).on_lapse:
                try:
                    yield self.machine.lapse(marking, path, {**facts, "actor.acting": False})
                except Refusal:
                    continue

    @staticmethod
    def _is_refused(option: Option, is_acting: bool) -> bool:
        return is_acting and option.decision_class is DecisionClass.STRATEGIC

    @staticmethod
    def _sitting(marking: Marking, option: Option) -> list[tuple[int | None, str]]:
        if not option.seats:
            return [(None, hat) for hat in option.parties]
        row = marking.seats[option.path]
        return [(number, row[number].party) for number in option.seats]

    def _fire(
        self,
        marking: Marking,
        option: Option,
        seat: int | None,
        hat: str,
        facts: dict[str, Value],
    ) -> Move:
        return self.machine.fire(
            marking,
            option.action,
            facts,
            track=option.track or MAIN_CHART,
            seat=seat,
            party=hat,
            picks=1 if option.picks else 0,
        )

    def may_be_edited(self, marking: Marking) -> bool:
        """Whether somebody can change the subject where the case stands."""
        return any(self.machine.step(path).edits for path in marking.seats)
