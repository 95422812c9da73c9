"""Reads the steps of a chart, each by its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Literal

from states.definition import (
    Action,
    Again,
    Limit,
    Outcome,
    Seats,
    Step,
    StepKind,
    TallyRule,
    TrackChart,
)
from states.document import Tree
from states.fields import Fields
from states.names import COUNTS, Chart, Names, Spot
from states.reading_actions import read_actions
from states.reading_wording import two_languages
from states.times import duration

MOST_STEPS = 100
MOST_SEATS = 25
_KINDS = {
    "party": StepKind.PLAIN,
    "seats": StepKind.VOTED,
    "tracks": StepKind.PARALLEL,
    "route": StepKind.ROUTE,
    "final": StepKind.FINAL,
}


def read_steps(trees: dict[str, Tree], names: Names, chart: Chart, line: int) -> dict[str, Step]:
    """All steps of the main chart or of a track."""
    if len(trees) > MOST_STEPS:
        names.notes.add(line, None, "too_many_steps", most=MOST_STEPS)
    return {name: _step(name, tree, names, chart) for name, tree in trees.items()}


def _step(name: str, tree: Tree, names: Names, chart: Chart) -> Step:
    path = chart.path(name)
    fields = Fields(tree, names.notes, path, name)
    kinds = [key for key in _KINDS if key in fields]
    if not kinds and isinstance(tree.value, dict):
        names.notes.add(tree.line, path, "no_kind")
    for second in kinds[1:]:
        names.notes.add(tree.line, path, "two_kinds", first=kinds[0], second=second)
    key = kinds[0] if kinds else "party"
    if chart.in_track and key in ("tracks", "final"):
        names.notes.add(tree.line, path, "nested", key=key)
        return Step(name, path, StepKind.ROUTE, tree.line)
    step = Step(name, path, _KINDS[key], tree.line)
    step = _READERS[step.kind](step, fields, names, chart)
    if kinds:
        fields.done()
    return step


def _route(step: Step, fields: Fields, names: Names, chart: Chart) -> Step:
    return replace(step, route=names.ways(fields.tree("route"), chart, step.path, "route"))


def _final(step: Step, fields: Fields, _names: Names, _chart: Chart) -> Step:
    outcome = fields.one_of("final", Outcome)
    return replace(step, final=outcome, owner_sees=two_languages(fields, "owner_sees"))


def _plain(step: Step, fields: Fields, names: Names, chart: Chart) -> Step:
    step = _work(replace(step, party=fields.text("party")), fields, names, chart)
    at = Spot(fields.line_of("party"), step.path)
    names.known("party", step.parties, names.parties, at)
    for action in step.actions.values():
        if action.verdict is not None and not chart.in_track:
            names.notes.add(action.line, step.path, "verdict_outside")
        if action.closes:
            names.notes.add(action.line, step.path, "closes_nothing")
    return step


def _voted(step: Step, fields: Fields, names: Names, chart: Chart) -> Step:
    step = replace(step, seats=_seats(fields, names, step.path))
    step = _work(step, fields, names, chart)
    words = [a.verdict for a in step.actions.values() if a.verdict is not None]
    if not words:
        fields.refuse("actions", "no_verdict")
    for action in step.actions.values():
        if action.verdict is not None and action.by:
            names.notes.add(action.line, step.path, "vote_by", name=action.name)
    return replace(step, tally=_tally(fields, names, chart, step.path, words))


def _work(step: Step, fields: Fields, names: Names, chart: Chart) -> Step:
    """What plain and voted steps have in common."""
    path = step.path
    step = replace(
        step,
        within=_within(fields, names, chart, path),
        on_lapse=names.ways(fields.tree("on_lapse"), chart, path, "on_lapse"),
        edits=fields.words("edits"),
        checklist=fields.text("checklist"),
        form=fields.text("form"),
        pauses=fields.words("pauses"),
        owner_sees=two_languages(fields, "owner_sees"),
        hidden_from=fields.words("hidden_from"),
        actions=read_actions(fields, names, chart, path),
    )
    names.known("clock", step.pauses, names.clocks, Spot(fields.line_of("pauses"), path))
    hidden_line = fields.line_of("hidden_from")
    names.known("party", step.hidden_from, names.parties, Spot(hidden_line, path))
    if step.edits and chart.in_track:
        fields.refuse("edits", "edits_in_track")
    if step.on_lapse and not step.within:
        fields.refuse("on_lapse", "lapse_without_limit")
    if not step.actions:
        fields.refuse("actions", "no_actions")
    for action in step.actions.values():
        if action.extends is not None and not (action.stays and step.within):
            names.notes.add(action.line, path, "extends_nothing")
    return step


def _within(fields: Fields, names: Names, chart: Chart, path: str) -> tuple[Limit, ...]:
    tree = fields.tree("within")
    if tree is None:
        return ()
    if not isinstance(tree.value, list):
        return (Limit(None, duration(tree, names.notes, path, anchored=True)),)
    limits = []
    for one in tree.value:
        rule = Fields(one, names.notes, path, "within")
        when, time = names.guard(rule.tree("when"), chart, path), rule.tree("is", required=True)
        rule.done()
        if time is not None:
            limits.append(Limit(when, duration(time, names.notes, path, anchored=True)))
    guarded = ["when" in one.value for one in tree.value if isinstance(one.value, dict)]
    names.guards_in_order(guarded, Spot(tree.line, path))
    return tuple(limits)


def _seats(fields: Fields, names: Names, path: str) -> Seats:
    tree = fields.tree("seats")
    assert tree is not None, "a voted step is known by its seats"
    seats = Fields(tree, names.notes, path, "seats")
    each, party = seats.words("each"), seats.text("party")
    count, most = _count(seats), seats.number("most") or MOST_SEATS
    seats.done()
    if bool(each) is (party is not None) and isinstance(tree.value, dict):
        names.notes.add(tree.line, path, "wrong_type", key="seats", expected="a party, or each")
    if max(len(each), most, count if isinstance(count, int) else 1) > MOST_SEATS:
        names.notes.add(tree.line, path, "too_many_seats", most=MOST_SEATS)
    names.actors(each if party is None else (party,), Spot(tree.line, path))
    return Seats(party, each, count, most)


def _count(seats: Fields) -> int | Literal["picked", "holders"]:
    tree = seats.tree("count")
    if tree is None:
        return 1
    if tree.value == "picked":
        return "picked"
    if tree.value == "holders":
        return "holders"
    return seats.number("count") or 1


def _tally(
    fields: Fields, names: Names, chart: Chart, path: str, words: Iterable[str]
) -> tuple[TallyRule, ...]:
    for word in words:
        if word in COUNTS:
            fields.refuse("tally", "reserved_name", name=word)
    trees = fields.listed("tally", required=True)
    rules, guarded = [], []
    for tree in trees:
        rule = Fields(tree, names.notes, path, "tally")
        outcome, when = rule.name("outcome", required=True), rule.tree("when")
        early, to, verdict = rule.flag("early"), rule.text("to"), rule.name("verdict")
        rule.done()
        guarded.append(when is not None)
        if early and when is None:
            names.notes.add(tree.line, path, "early_unguarded")
        if (to is None) is (verdict is None):
            names.notes.add(tree.line, path, "track_ways")
        if verdict is not None and not chart.in_track:
            names.notes.add(tree.line, path, "verdict_outside")
        if to is not None:
            names.known("step", [to], chart.steps, Spot(tree.line, path))
        condition = names.count_guard(when, words, path)
        rules.append(TallyRule(outcome or "", condition, early, to, verdict))
    if trees:
        names.guards_in_order(guarded, Spot(trees[-1].line, path))
    return tuple(rules)


def _parallel(step: Step, fields: Fields, names: Names, chart: Chart) -> Step:
    path = step.path
    tracks = {
        name: _track(name, tree, names, chart, path)
        for name, tree in fields.mapping("tracks", required=True).items()
    }
    actions = read_actions(fields, names, chart, path)
    for action in actions.values():
        if not action.by:
            names.notes.add(action.line, path, "by_missing", name=action.name)
        if action.verdict is not None:
            names.notes.add(action.line, path, "verdict_outside")
        if action.extends is not None:
            names.notes.add(action.line, path, "extends_nothing")
    words = sorted({word for track in tracks.values() for word in verdicts_of(track)})
    tally = _tally(fields, names, chart, path, words)
    return replace(
        step,
        tracks=tracks,
        actions=actions,
        tally=tally,
        again=_again(fields, names, path, words, tally),
        pauses=fields.words("pauses"),
        owner_sees=two_languages(fields, "owner_sees"),
    )


def _track(name: str, tree: Tree, names: Names, main: Chart, path: str) -> TrackChart:
    fields = Fields(tree, names.notes, f"{path}.{name}", name)
    chart = names.tracks[path][name]
    when = names.guard(fields.tree("when"), main, f"{path}.{name}")
    steps = read_steps(fields.mapping("steps", required=True), names, chart, tree.line)
    initial = fields.text("initial") or next(iter(steps), "")
    if steps:
        names.known("step", [initial], steps, Spot(tree.line, f"{path}.{name}"))
    fields.done()
    return TrackChart(name, when, initial, steps)


def verdicts_of(track: TrackChart) -> set[str]:
    """All words with which a track can end."""
    words: set[str | None] = set()
    for step in track.steps.values():
        words |= {branch.verdict for branch in (*step.on_lapse, *step.route)}
        words |= {rule.verdict for rule in step.tally}
        for action in step.actions.values():
            words |= {branch.verdict for branch in action.to}
            words |= _own_verdict(step, action)
    return {word for word in words if word is not None}


def _own_verdict(step: Step, action: Action) -> set[str | None]:
    return {action.verdict} if step.kind is StepKind.PLAIN else set()


def _again(
    fields: Fields, names: Names, path: str, words: Iterable[str], tally: tuple[TallyRule, ...]
) -> Again | None:
    tree = fields.tree("again")
    if tree is None:
        return None
    again = Fields(tree, names.notes, path, "again")
    found = Again(again.words("keep"), again.words("after"), again.flag("unless_changed"))
    again.done()
    names.known("verdict", found.keep, words, Spot(tree.line, path))
    outcomes = {rule.outcome for rule in tally}
    names.known("outcome", found.after, outcomes, Spot(tree.line, path))
    return found


_READERS: dict[StepKind, Callable[[Step, Fields, Names, Chart], Step]] = {
    StepKind.PLAIN: _plain,
    StepKind.VOTED: _voted,
    StepKind.PARALLEL: _parallel,
    StepKind.ROUTE: _route,
    StepKind.FINAL: _final,
}
