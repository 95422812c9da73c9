"""Every kind of mistake in a definition is found, and shown by acts that the machine accepts."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from states.attempts import kinds_of
from states.conditions import Value
from states.definition import Definition
from states.findings import WORDS
from states.fingerprints import Fingerprints
from states.library import names, text
from states.machine import Machine, machine_for
from states.marking import Marking
from states.reading import read
from states.refusals import Endless, Refusal
from states.soundness import Report, check
from tests.states.seeded import Seeded, document, replay, seeds, wide

BROKEN, SOUND = seeds("broken"), seeds("sound")
SHARED = Path(__file__).parents[2].parent / "shared" / "definitions"
SIZES = {
    "council": 170,
    "every-construct": 1_000,
    "municipal-permit": 12,
    "program-proposal": 700,
    "program-proposal-sequential": 300,
    "quarterly-report": 40,
}
SPEAKING = [case for case in SOUND if case.name != "nothing to approve"]


def named(case: Seeded) -> str:
    return case.name.replace(" ", "-")


@pytest.mark.parametrize("case", BROKEN, ids=named)
def test_a_mistake_is_found_and_its_acts_can_be_done(case: Seeded) -> None:
    definition = read(case.text)
    report = check(definition)
    found = [f for f in report.findings if (f.code, f.step) == (case.code, case.step)]
    assert found, [str(finding) for finding in report.findings]
    assert found[0].severity == case.severity
    assert found[0].path == case.path
    for finding in report.findings:
        assert str(finding)
        if finding.code == "endless":
            with pytest.raises(Endless):
                replay(definition, finding.acts)
        else:
            replay(definition, finding.acts)


@pytest.mark.parametrize(
    "case", [c for c in BROKEN if c.code in ("dead_end", "join_stuck", "all_refused")], ids=named
)
def test_the_acts_of_a_finding_end_where_it_shows(case: Seeded) -> None:
    definition = read(case.text)
    finding = next(f for f in check(definition).findings if f.code == case.code)
    marking = replay(definition, finding.acts)
    assert finding.step in {marking.step, *marking.seats}
    assert finding.path[0] == "drafting.start"


def test_the_broken_definitions_show_every_kind_of_finding() -> None:
    elsewhere = {"too_large"}
    assert {case.code for case in BROKEN} | elsewhere == set(WORDS)


def test_every_mistake_is_shown_by_acts_unless_nothing_leads_there() -> None:
    without = {case.code for case in BROKEN if not case.path}
    assert without == {"unreachable", "action_never_applies"}


def test_there_are_forty_of_each() -> None:
    assert len([case for case in BROKEN if case.severity == "error"]) >= 40
    assert len(SOUND) >= 40
    assert len({read(case.text).hash for case in SOUND}) == len(SOUND)


def test_a_cause_is_told_before_what_follows_from_it() -> None:
    stuck = next(case for case in BROKEN if case.name == "a track in which one can only save")
    first, *others = check(read(stuck.text)).findings
    assert (first.code, first.step) == ("join_stuck", "review.ict.deciding")
    assert "dead_end" not in {finding.code for finding in others}


def test_steps_that_follow_from_a_missing_one_are_told_with_it() -> None:
    case = next(c for c in BROKEN if c.name == "two steps of which one leads to the other")
    (finding,) = check(read(case.text)).findings
    assert finding.values == {"also": "further"}


def test_only_the_facts_that_keep_a_case_are_told() -> None:
    case = next(c for c in BROKEN if c.name == "a lane for which the fork leads round")
    twice = "actions: {pass: {to: sorting, when: a}, hurry: {to: sorting, when: not a}}"
    more = case.text.replace("actions: {pass: sorting}", twice)
    (finding,) = check(read(more)).findings
    assert finding.values == {"facts": (("lane", "strategic"),)}


def test_facts_that_stay_are_tried_only_in_a_bounded_number_of_combinations() -> None:
    many = " and ".join(f"f{number}" for number in range(7))
    text = document(
        "drafting: {party: drafter, actions: {submit: deciding}}\n"
        f"deciding: {{party: planner, actions: {{approve: {{to: approved, when: {many}}}, "
        f"reject: {{to: rejected, when: {many}}}, return: drafting}}}}\n"
    )
    facts = ", ".join(f"f{number}: boolean" for number in range(7))
    assert not check(read(text.replace("facts: {", f"facts: {{{facts}, "))).findings
    fewer = text.replace(" and f6", "").replace("facts: {", f"facts: {{{facts}, ")
    assert [f.code for f in check(read(fewer)).findings] == ["facts_stay"]


@pytest.mark.parametrize("case", SOUND, ids=named)
def test_nothing_is_wrong_with_a_sound_definition(case: Seeded) -> None:
    report = check(read(case.text))
    assert [f.code for f in report.findings] == list(case.warns)
    assert not [f for f in report.findings if f.severity == "error"]


@pytest.mark.parametrize("name", names())
def test_the_shipped_definitions_are_sound(name: str) -> None:
    report = check(read(text(name)))
    assert not report.findings, [str(finding) for finding in report.findings]
    assert report.approvals_needed == 2


@pytest.mark.data
@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the real definitions do not lie beside the project"
)
@pytest.mark.parametrize("name", SIZES)
def test_the_real_definitions_have_no_error_and_stay_small(name: str) -> None:
    report = check(read((SHARED / f"{name}.yaml").read_text(encoding="utf-8")))
    assert [str(f) for f in report.findings if f.severity == "error"] == []
    assert report.markings <= SIZES[name]


def test_the_fewest_approvals_are_counted_over_tracks_and_steps() -> None:
    needed = {case.name: check(read(case.text)).approvals_needed for case in SOUND}
    assert needed["one decides"] == 1
    assert needed["two decide one after the other"] == 2
    assert needed["two decide side by side"] == 2
    assert needed["one approval of two is enough"] == 1
    assert needed["a vote of five with a quorum and a chair who closes"] == 2
    assert needed["nothing to approve"] == 0


@pytest.mark.parametrize("case", [c for c in (*BROKEN, *SOUND) if "tracks:" in c.text], ids=named)
def test_tracks_explored_alone_show_the_same_as_their_product(
    case: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = read(case.text)
    alone = check(definition)
    made = Fingerprints.__init__

    def unfolded(self: Fingerprints, definition: Definition) -> None:
        made(self, definition)
        self.foldable = frozenset()

    monkeypatch.setattr(Fingerprints, "__init__", unfolded)
    product = check(definition)
    assert {f.code for f in alone.findings} == {f.code for f in product.findings}
    assert alone.approvals_needed == product.approvals_needed


# bounds


def test_sixty_steps_in_four_tracks_are_few_markings() -> None:
    report = check(read(document(wide(4, 15))))
    assert not report.findings
    assert report.approvals_needed == 4
    assert report.markings <= 150


def test_a_definition_made_to_explode_is_too_large_to_check() -> None:
    counting = wide(4, 15).replace("note: {}", "note: {when: visits(s0) >= 0}")
    report = check(read(document(counting)), most_markings=2_000)
    assert [f.code for f in report.findings] == ["too_large"]
    assert report.findings[0].values == {"limit": "markings", "most": 2_000}
    assert report.findings[0].severity == "error"


def test_exploring_stops_when_its_time_is_over() -> None:
    looks = iter(range(0, 10_000, 15))
    report = check(read(document(wide(4, 15))), seconds=20, clock=lambda: float(next(looks)))
    assert [f.code for f in report.findings] == ["too_large"]
    assert str(report.findings[0]) == "too large to check: more than 20 seconds"


# random walks


class Walk:
    """A case that takes random ways on the real machine."""

    def __init__(self, definition: Definition, data: st.DataObject) -> None:
        self.data = data
        self.kinds = kinds_of(definition)
        self.machine: Machine = machine_for(definition)
        self.holders = dict.fromkeys(definition.parties, data.draw(st.integers(1, 4)))
        self.marking = self.machine.start(self.facts(), self.holders).marking

    def facts(self) -> dict[str, Value]:
        facts: dict[str, Value] = {}
        for name, kind in self.kinds.items():
            if isinstance(kind, tuple):
                facts[name] = self.data.draw(st.sampled_from(kind))
            elif kind == "boolean":
                facts[name] = self.data.draw(st.booleans())
            else:
                facts[name] = self.data.draw(st.sampled_from([0, 5, 100, 101, 2_000_000_000]))
        return facts

    def step(self) -> Marking | None:
        """Try something; returns where a deadline led, if one was passed."""
        facts = self.facts()
        lapsing = [p for p in self.marking.seats if self.machine.step(p).on_lapse]
        if lapsing and self.data.draw(st.integers(0, 3)) == 0:
            path = self.data.draw(st.sampled_from(lapsing))
            self.marking = self.machine.lapse(self.marking, path, facts, self.holders).marking
            return self.marking
        option = self.data.draw(st.sampled_from(self.machine.available(self.marking, facts)))
        seat = self.data.draw(st.sampled_from(option.seats)) if option.seats else None
        picks = self.data.draw(st.integers(1, option.picks_most)) if option.picks_most else 0
        try:
            self.marking = self.machine.fire(
                self.marking,
                option.action,
                facts,
                track=option.track or "",
                seat=seat,
                picks=picks,
                holders=self.holders,
            ).marking
        except Refusal:
            assert option.unmet
        return None


@cache
def walked(case_text: str) -> tuple[Definition, Report]:
    definition = read(case_text)
    return definition, check(definition)


TEXTS = [case.text for case in SPEAKING] + [text(name) for name in names()]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_walked_marking_is_explored_and_no_deadline_saves_approvals(
    data: st.DataObject,
) -> None:
    definition, report = walked(data.draw(st.sampled_from(TEXTS)))
    walk = Walk(definition, data)
    assert report.contains(walk.marking)
    for _ in range(data.draw(st.integers(1, 40))):
        if walk.marking.outcome is not None:
            return
        before = report.approvals_from(walk.marking)
        lapsed = walk.step()
        assert report.contains(walk.marking), walk.marking.to_json()
        if lapsed is not None:
            after = report.approvals_from(lapsed)
            assert after is None or (before is not None and after >= before)


def test_a_marking_that_cannot_be_reached_is_not_in_the_report() -> None:
    definition = read(text("program-proposal"))
    report = check(definition)
    start = machine_for(definition).start({}).marking
    assert report.contains(start)
    assert not report.contains(Marking(step="drafting", seats={}, visits={"drafting": 1}))
