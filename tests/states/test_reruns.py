"""What was done is played through another definition, and the first difference is told."""

from __future__ import annotations

import pytest

from states.machine import machine_for
from states.reading import read
from states.reruns import Deed, Difference, first_difference
from tests.states.test_moving import BASE, FACTS, TO_ENDORSING, changed


def deeds(*acts: tuple[str, str | None]) -> list[Deed]:
    """The start and these acts, as they went under the base."""
    machine = machine_for(read(BASE))
    moves = [machine.start(FACTS)]
    for action, track in acts:
        moves.append(machine.fire(moves[-1].marking, action, FACTS, track=track or ""))
    return [
        Deed(
            kind="act" if number else "start",
            action=move.action,
            path=move.path,
            track=move.track or "",
            seat=move.seat,
            party=None,
            picks=0,
            facts=FACTS,
            holders={},
            to=move.marking.step,
            opened=tuple((one.path, one.party) for one in move.opened),
            outcome=None if move.outcome is None else move.outcome.value,
        )
        for number, move in enumerate(moves)
    ]


def difference(text: str, *acts: tuple[str, str | None]) -> Difference | None:
    return first_difference(read(BASE), machine_for(read(text)), deeds(*acts))


WHOLE = (*TO_ENDORSING, ("approve", None))


def test_the_same_rules_make_no_difference() -> None:
    assert difference(BASE, *WHOLE) is None
    assert difference(changed(("2 working days", "9 working days")), *WHOLE) is None


@pytest.mark.parametrize(
    ("edit", "number", "code", "values"),
    [
        (
            ("actions: {submit: checking}", "actions: {submit: review}"),
            1,
            "goes_otherwise",
            {"was": "checking", "step": "review"},
        ),
        (
            (
                "actions: {accept: review, back: drafting}",
                "actions: {pass: review, back: drafting}",
            ),
            2,
            "refused",
            {"action": "accept", "code": "unknown_action", "why": {"action": "accept"}},
        ),
        (
            ("checker: {agency: planning, post: clerk}", "checker: {agency: ict, post: clerk}"),
            1,
            "asks_otherwise",
            {"step": "checking", "was": "checker", "party": "checker"},
        ),
        (
            ("approve: approved, reject: rejected", "approve: rejected, reject: approved"),
            6,
            "ends_otherwise",
            {"was": "approved", "outcome": "rejected"},
        ),
        (
            (
                "      ict:\n",
                "      law: {steps: {reading: {party: judge, verdicts: [approve, reject]}}}\n"
                "      ict:\n",
            ),
            2,
            "opens_otherwise",
            {
                "was": ("review.ict.studying", "review.planning.deciding"),
                "steps": (
                    "review.ict.studying",
                    "review.law.reading",
                    "review.planning.deciding",
                ),
            },
        ),
    ],
)
def test_the_first_difference_is_told(
    edit: tuple[str, str], number: int, code: str, values: dict[str, object]
) -> None:
    found = difference(changed(edit), *WHOLE)
    assert found is not None
    assert (found.number, found.code, dict(found.values)) == (number, code, values)


def test_a_lapse_that_leads_nowhere_now_is_a_difference() -> None:
    lapsed = Deed(
        kind="lapse",
        action="lapse",
        path="drafting",
        track="",
        seat=None,
        party=None,
        picks=0,
        facts=FACTS,
        holders={},
        to="checking",
        opened=(),
        outcome=None,
    )
    found = first_difference(read(BASE), machine_for(read(BASE)), [*deeds(), lapsed])
    assert found is not None
    assert (found.number, found.code) == (1, "refused")
