"""The values of a definition in words: deadlines, ways, parties, conditions. Empty says nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from blueprints import formatting, guard_words
from blueprints.labels import label
from states.conditions import Condition
from states.definition import (
    Again,
    Branch,
    ClassRule,
    Duration,
    Escalation,
    FactKind,
    Limit,
    Means,
    Outcome,
    Place,
    Reminder,
    Seats,
    StepKind,
    TallyRule,
)
from states.wording import Words

NAMES: Mapping[tuple[str, str], str] = {
    ("workflow", "initial"): "step",
    ("workflow", "subject"): "definition",
    ("party", "via"): "party",
    ("clock", "runs"): "step",
    ("clock", "basis"): "basis",
    ("track", "initial"): "step",
    ("step", "party"): "party",
    ("step", "pauses"): "clock",
    ("step", "hidden_from"): "party",
    ("action", "needs"): "need",
    ("action", "by"): "party",
    ("action", "verdict"): "verdict",
    ("action", "sets"): "fact",
    ("action", "picks"): "step",
    ("action", "unless"): "step",
    ("action", "only"): "step",
    ("fact", "values"): "fact",
}
"""What kind of name stands there; others are shown as they stand."""
STEP_KINDS: Mapping[StepKind, object] = {
    StepKind.PLAIN: _l("one is asked"),
    StepKind.VOTED: _l("several vote"),
    StepKind.PARALLEL: _l("agencies side by side"),
    StepKind.ROUTE: _l("a fork"),
    StepKind.FINAL: _l("an end"),
}
FACT_KINDS: Mapping[FactKind, object] = {
    FactKind.BOOLEAN: _l("yes or no"),
    FactKind.INTEGER: _l("a whole number"),
    FactKind.ENUMERATION: _l("one of several"),
}


def spoken(thing: str, aspect: str, value: object) -> str:
    """A value in words; empty where there is none."""
    if (thing, aspect) == ("workflow", "apart"):
        return _apart(value)
    if (thing, aspect) == ("clock", "starts") and isinstance(value, tuple):
        return f"{label('step', value[0])}, “{label('action', value[1])}”"
    if isinstance(value, tuple):
        return _several(value, NAMES.get((thing, aspect)))
    return _one(value, NAMES.get((thing, aspect)))


def _apart(value: object) -> str:
    if value is None:
        return _("all of them")
    pairs = value if isinstance(value, tuple) else ()
    shown = (sorted(label("party", name) for name in pair) for pair in pairs)
    return "; ".join(" – ".join(pair) for pair in shown)


def _several(values: Sequence[object], kind: str | None) -> str:
    between = ", " if all(isinstance(value, str) for value in values) else "; "
    return between.join(_one(value, kind) for value in values)


def _one(value: object, kind: str | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if type(value) in _WORDS:
        return _WORDS[type(value)](value)
    return label(kind, str(value)) if kind else str(value)


def both(words: Words) -> str:
    """Words in both languages, where they have both."""
    return f"{words.id} / {words.en}" if words.en else words.id


def _if(words: str, when: Condition | None) -> str:
    if when is None:
        return words
    return f"{words} {_('if %(guard)s', guard=guard_words.spoken(when.text))}"


def _target(to: str | None, verdict: str | None) -> str:
    if to is not None:
        return label("step", to)
    return "" if verdict is None else label("verdict", verdict)


def _place(place: Place) -> str:
    agency, post = label("function", place.agency), label("post", place.post)
    return _("%(post)s of %(agency)s", post=post, agency=agency)


def _seats(seats: Seats) -> str:
    who = ", ".join(label("party", name) for name in seats.parties)
    if seats.party is None:
        return who
    match seats.count:
        case "picked":
            return _("%(who)s, as many as are chosen, at most %(most)s", who=who, most=seats.most)
        case "holders":
            return _("%(who)s, all who hold the post, at most %(most)s", who=who, most=seats.most)
        case number:
            return f"{who} × {number}"


def _rule(rule: TallyRule) -> str:
    words = f"{label('verdict', rule.outcome)} → {_target(rule.to, rule.verdict)}"
    words = _if(words, rule.when)
    return _("%(rule)s, without waiting", rule=words) if rule.early else words


def _again(again: Again) -> str:
    words = ", ".join(label("verdict", name) for name in again.keep)
    if again.after:
        after = ", ".join(label("verdict", name) for name in again.after)
        words = _("%(kept)s after %(after)s", kept=words, after=after)
    return _("%(kept)s, unless changed", kept=words) if again.unless_changed else words


def _reminder(reminder: Reminder) -> str:
    match reminder.kind:
        case "half_way":
            return _("half way")
        case "on_due_day":
            return _("on the due day")
    unit: Any = reminder.unit
    length = formatting.duration(Duration(reminder.amount or 0, unit))
    return _("%(length)s before", length=length)


def _escalation(escalation: Escalation) -> str:
    whom = ESCALATED_TO.get(escalation.to)
    to = label("function", escalation.to) if whom is None else str(whom)
    if escalation.post:
        to = _("%(post)s of %(agency)s", post=label("post", escalation.post), agency=to)
    after = formatting.duration(escalation.after)
    if escalation.reassign:
        return _("after %(length)s the task moves to %(to)s", length=after, to=to)
    return _("after %(length)s it is told to %(to)s", length=after, to=to)


ESCALATED_TO: Mapping[str, object] = {
    "superior": _l("the superior"),
    "head": _l("the head of the agency"),
    "acting": _l("the acting officer"),
    "forum": _l("the forum"),
}
_WORDS: Mapping[type, Callable[[Any], str]] = {
    Again: _again,
    Branch: lambda branch: _if(_target(branch.to, branch.verdict), branch.when),
    ClassRule: lambda rule: _if(label("class", rule.decision_class), rule.when),
    Condition: lambda condition: guard_words.spoken(condition.text),
    Duration: formatting.duration,
    Escalation: _escalation,
    FactKind: lambda kind: str(FACT_KINDS[kind]),
    Limit: lambda limit: _if(formatting.duration(limit.duration), limit.when),
    Means: lambda means: label("means", means),
    Outcome: lambda outcome: label("outcome", outcome),
    Place: _place,
    Reminder: _reminder,
    Seats: _seats,
    StepKind: lambda kind: str(STEP_KINDS[kind]),
    TallyRule: _rule,
    Words: both,
}
