"""What changes between two versions of a workflow, in plain sentences of the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from blueprints import change_values
from blueprints.labels import label, speaking_of
from states.changes import Change, compare
from states.definition import Definition, Party, Step
from states.wording import WORKFLOW, Words

ASPECTS: Mapping[tuple[str, str], object] = {
    ("workflow", "key"): _l("the key"),
    ("workflow", "subject"): _l("what a case is about"),
    ("workflow", "initial"): _l("the first step"),
    ("workflow", "apart"): _l("which parties have to be different people"),
    ("workflow", "reminders"): _l("the reminders"),
    ("workflow", "escalations"): _l("what follows when a task is late"),
    ("fact", "kind"): _l("the type"),
    ("fact", "values"): _l("the possible values"),
    ("party", "place"): _l("the post that is asked"),
    ("party", "instead"): _l("who is asked instead for the agency's own cases"),
    ("party", "external"): _l("the body outside"),
    ("party", "via"): _l("who records its letters"),
    ("clock", "limit"): _l("the limit"),
    ("clock", "starts"): _l("with what it starts"),
    ("clock", "runs"): _l("where it runs"),
    ("clock", "basis"): _l("the legal basis"),
    ("track", "when"): _l("the condition under which it is opened"),
    ("track", "initial"): _l("the first step"),
    ("step", "kind"): _l("the kind of step"),
    ("step", "party"): _l("who is asked"),
    ("step", "seats"): _l("who sits there"),
    ("step", "within"): _l("the deadline"),
    ("step", "on_lapse"): _l("where it goes when the time runs out"),
    ("step", "edits"): _l("what may be edited"),
    ("step", "checklist"): _l("the checklist"),
    ("step", "form"): _l("the paper that is issued"),
    ("step", "pauses"): _l("the clocks that stand still meanwhile"),
    ("step", "owner_sees"): _l("what the owner is told"),
    ("step", "hidden_from"): _l("from whom it is hidden"),
    ("step", "tally"): _l("what the verdicts lead to"),
    ("step", "again"): _l("which verdicts stay valid on coming back"),
    ("step", "route"): _l("where it leads"),
    ("step", "final"): _l("the outcome"),
    ("action", "means"): _l("the meaning"),
    ("action", "needs"): _l("what has to be given"),
    ("action", "classes"): _l("the class of the decision"),
    ("action", "by"): _l("who may do it"),
    ("action", "when"): _l("the condition"),
    ("action", "to"): _l("where it leads"),
    ("action", "verdict"): _l("the verdict"),
    ("action", "sets"): _l("what it records"),
    ("action", "snapshot"): _l("whether a copy is kept"),
    ("action", "extends"): _l("the extension"),
    ("action", "times"): _l("how often it may be done"),
    ("action", "letter"): _l("the letter"),
    ("action", "picks"): _l("for which step people are chosen"),
    ("action", "closes"): _l("whether it counts at once"),
    ("action", "unless"): _l("where it cannot be done"),
    ("action", "only"): _l("where alone it can be done"),
}
"""What differs, as the subject of a sentence."""
ADDED: Mapping[str, object] = {
    "fact": _l("New fact: %(name)s."),
    "party": _l("New party: %(name)s (%(more)s)."),
    "clock": _l("New clock: %(name)s."),
    "track": _l("New side by side: %(name)s."),
    "step": _l("New step: %(name)s (%(more)s)."),
    "action": _l("New action: %(name)s (%(more)s)."),
}
REMOVED: Mapping[str, object] = {
    "fact": _l("No longer there: the fact %(name)s."),
    "party": _l("No longer there: the party %(name)s."),
    "clock": _l("No longer there: the clock %(name)s."),
    "track": _l("No longer side by side: %(name)s."),
    "step": _l("No longer there: the step %(name)s."),
    "action": _l("No longer there: the action %(name)s."),
}


def sentences(before: Definition, after: Definition) -> list[str]:
    """Every difference as a sentence; none if both say the same."""
    return [_sentence(change, before, after) for change in compare(before, after)]


def _sentence(change: Change, before: Definition, after: Definition) -> str:
    """One difference; what was, and what is gone, in the words of then."""
    if change.aspect == "order":
        return _("Only the order, or a word that nothing uses, is different.")
    is_worded = change.thing == "wording"
    with speaking_of(before):
        if change.after is None and not change.aspect and not is_worded:
            return str(REMOVED[change.thing]) % {"name": _where(change)}
        where, was = _where(change), _value(change, change.before)
    with speaking_of(after):
        if change.before is None and not change.aspect and not is_worded:
            values = {"name": _where(change), "more": _more(change.after)}
            return str(ADDED[change.thing]) % values
        what = _("the wording") if is_worded else str(ASPECTS[change.thing, change.aspect])
        said = {"where": where if is_worded else _where(change), "what": what}
        return _differs({**said, "before": was, "after": _value(change, change.after)})


def _value(change: Change, value: object) -> str:
    """What was said or is said, in words; empty for nothing."""
    if isinstance(value, Words):
        return change_values.both(value)
    return change_values.spoken(change.thing, change.aspect, value) if change.aspect else ""


def _differs(said: Mapping[str, str]) -> str:
    if not said["before"]:
        return _("%(where)s: %(what)s: before nothing, now %(after)s.", **said)
    if not said["after"]:
        return _("%(where)s: %(what)s: before %(before)s, now nothing.", **said)
    return _("%(where)s: %(what)s: before %(before)s, now %(after)s.", **said)


def _more(thing: object) -> str:
    """What is told of a new thing besides its name."""
    told: Iterable[tuple[str, str]] = ()
    if isinstance(thing, Party):
        told = (("party", "place"), ("party", "external"))
    elif isinstance(thing, Step):
        told = (("step", "kind"), ("step", "party"), ("step", "within"), ("step", "final"))
    elif thing is not None:
        told = (("action", "by"), ("action", "to"), ("action", "verdict"))
    words = (change_values.spoken(*aspect, getattr(thing, aspect[1], None)) for aspect in told)
    return ", ".join(word for word in words if word) or _("stays on the step")


def _where(change: Change) -> str:
    return _PLACES[change.thing](change.names)


def _action(names: tuple[str, ...]) -> str:
    step, action = names
    where = label("step", step) if step else _("At any time")
    return f"{where}, “{label('action', action)}”"


_PLACES: Mapping[str, Callable[[tuple[str, ...]], str]] = {
    "workflow": lambda _names: _("The workflow"),
    "fact": lambda names: f"“{label('fact', names[0])}”",
    "party": lambda names: f"“{label('party', names[0])}”",
    "clock": lambda names: f"“{label('clock', names[0])}”",
    "step": lambda names: f"“{label('step', names[0])}”",
    "track": lambda names: f"{label('step', names[0])}, “{label('track', names[1])}”",
    "action": _action,
    "wording": lambda names: (
        _("The workflow") if names[0] == WORKFLOW else f"“{label(names[0], names[1])}”"
    ),
}
