"""What exploring a workflow found, in the reader's language, with the acts that lead there.

The codes are those of `states.findings`, which has English words of its own for the command line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from blueprints import formatting
from blueprints.change_values import FACT_KINDS
from blueprints.guard_words import MONEY
from blueprints.labels import knows, label, speaking_of
from states.attempts import LAPSE, START, Act
from states.conditions import Value
from states.findings import Finding
from states.wording import WORKFLOW
from workflow.manning import Crowded, Followed, Unmanned
from workflow.succession import Missed
from workflow.untold import Untold

FINDINGS: Mapping[str, object] = {
    "too_large": _l("The workflow is too large to check: more than %(most)s %(limit)s."),
    "endless": _l("The way on leads round in a circle in which nobody ever stands."),
    "all_refused": _l("%(hats)s can be left without any action: all conditions can fail together."),
    "join_stuck": _l("The verdicts can stay incomplete for ever: %(waiting)s cannot give theirs."),
    "dead_end": _l("From here no end can be reached: a proposal would be stuck."),
    "facts_stay": _l(
        "No end can be reached from here by a case with “%(facts)s”: nobody on the way can "
        "change it, and it would go round for ever."
    ),
    "never_chosen": _l(
        "The way to %(to)s is never taken: the conditions before it leave nothing over."
    ),
    "action_never_applies": _l("The action “%(action)s” can never be done."),
    "unreachable": _l("No case ever comes here."),
    "never_visited": _l("A condition counts visits of %(counted)s, which is never entered."),
    "rule_never_chosen": _l("The rule “%(outcome)s” of the tally is never chosen."),
    "approves_itself": _l("A case can be approved without anyone approving."),
    "lapse_approves": _l(
        "Letting the time run out saves approvals: silence would approve. "
        "Approvals still needed before: %(before)s, after: %(after)s."
    ),
    "passes_unseen": _l(
        "When a case comes back here it passes on earlier verdicts, and nobody looks again."
    ),
    "verdict_unheard": _l(
        "The verdict “%(verdict)s” counts like an approval, whatever the others say."
    ),
    "apart_impossible": _l(
        "%(first)s and %(second)s may not be one person, but are the same single post."
    ),
    "apart_impossible_in_own": _l(
        "%(first)s and %(second)s may not be one person, but are the same single post "
        "in cases of %(agency)s itself."
    ),
    "seat_twice": _l("%(hat)s sits here twice, and one person wears one hat."),
    "seats_for_one": _l("There are several seats here for the one person who is %(hats)s."),
    "seats_for_one_in_own": _l(
        "There are several seats here for the one person who is %(hats)s "
        "in cases of %(agency)s itself."
    ),
    "own_agency": _l(
        "%(hat)s decides for %(agency)s, and nobody is named instead for that agency's own cases."
    ),
    "keeps_changed": _l(
        "The verdicts %(keep)s stay valid although what they judged may have changed."
    ),
    "acting_blocks": _l(
        "While an acting officer is %(hats)s, no end can be reached from here: "
        "leave something that he may decide, or somebody else who can."
    ),
    "track_left_behind": _l(
        "A case may go on to an approval while %(tracks)s has not spoken; its work is dropped."
    ),
    "lapse_needs_date": _l(
        "Letting the time run out leads nowhere while the date “%(date)s” is not known."
    ),
    "lapse_reopens": _l("Letting the time run out repeats a vote that was lost."),
}
LIMITS: Mapping[str, object] = {"markings": _l("situations"), "seconds": _l("seconds")}
KINDS = {
    "action": "action",
    "agency": "function",
    "counted": "step",
    "first": "party",
    "hat": "party",
    "hats": "party",
    "keep": "verdict",
    "outcome": "verdict",
    "second": "party",
    "to": "step",
    "tracks": "track",
    "verdict": "verdict",
}
"""What kind of name a value of a finding is, or each of several with commas between."""

_MOST_OWNERS = 5


@dataclass(frozen=True)
class Told:
    """A finding as it is shown: what, where, and the acts one after another."""

    sentence: str
    step: str | None
    also: str
    acts: tuple[str, ...]
    is_error: bool


def told(finding: Finding) -> Told:
    """A finding in words."""
    also = str(finding.values.get("also", ""))
    return Told(
        sentence=sentence(finding),
        step=None if finding.step is None else label("step", finding.step),
        also=_names("step", also) if also else "",
        acts=tuple(act(one) for one in finding.acts),
        is_error=finding.severity == "error",
    )


def asked_in_vain(found: Untold) -> Told:
    """A fact that a condition asks and nobody tells, told as a finding."""
    name = label("fact", found.fact)
    if found.told_as is None:
        words = _(
            "Neither a proposal nor an action says “%(fact)s”: "
            "where it is asked, nobody can go on.",
            fact=name,
        )
    else:
        words = _(
            "A proposal says “%(fact)s” as %(kind)s, and here it is another kind of fact: "
            "where it is asked, nobody can go on.",
            fact=name,
            kind=FACT_KINDS[found.told_as],
        )
    step = None if found.step is None else label("step", found.step)
    return Told(words, step, "", (), is_error=True)


def empty_post(found: Unmanned) -> Told:
    """A party for which nobody can work today, told as a finding."""
    values = {
        "hat": label("party", found.hat),
        "post": label("post", found.place.post),
        "agency": label("function", found.place.agency),
    }
    if not found.owners:
        words = _("Nobody can work today for “%(hat)s”: %(post)s, %(agency)s.", **values)
        return Told(words, None, "", (), is_error=True)
    words = _(
        "In cases of %(owners)s nobody can work today for “%(hat)s”: %(post)s, %(agency)s.",
        owners=_some(found.owners),
        **values,
    )
    return Told(words, None, "", (), is_error=False)


def too_few(found: Crowded) -> Told:
    """Hats for which there are fewer people today than have to be, told as a finding."""
    values = {
        "hats": ", ".join(label("party", hat) for hat in found.hats),
        "owners": _some(found.owners),
        "needed": found.needed,
        "people": found.people,
    }
    words = _(
        "In cases of %(owners)s too few people can be %(hats)s today: "
        "%(needed)s are needed, and there are %(people)s.",
        **values,
    )
    return Told(words, None, "", (), is_error=False)


def no_more(found: Followed) -> Told:
    """A party that names an agency that is no more, told as a finding."""
    words = _(
        "“%(hat)s” names the agency %(code)s, which is no more: %(agency)s is asked, as its heir.",
        hat=label("party", found.hat),
        code=found.code,
        agency=found.agency,
    )
    return Told(words, None, "", (), is_error=False)


def missed(found: Missed) -> list[str]:
    """Whom a workflow would find no more after a merger or split, in sentences."""
    workflow = label(WORKFLOW, found.definition.key, found.definition.wording)
    with speaking_of(found.definition):
        told = [_missed_post(workflow, one) for one in found.manning.unmanned]
        return told + [_missed_people(workflow, one) for one in found.manning.crowded]


def _missed_post(workflow: str, one: Unmanned) -> str:
    values = {
        "workflow": workflow,
        "hat": label("party", one.hat),
        "post": label("post", one.place.post),
        "agency": label("function", one.place.agency),
    }
    if not one.owners:
        return _(
            "%(workflow)s: nobody could work for “%(hat)s” any more (%(post)s, %(agency)s).",
            **values,
        )
    return _(
        "%(workflow)s: in cases of %(owners)s nobody could work for “%(hat)s” any more "
        "(%(post)s, %(agency)s).",
        owners=_some(one.owners),
        **values,
    )


def _missed_people(workflow: str, one: Crowded) -> str:
    return _(
        "%(workflow)s: in cases of %(owners)s too few people could be %(hats)s: "
        "%(needed)s are needed, and there would be %(people)s.",
        workflow=workflow,
        hats=", ".join(label("party", hat) for hat in one.hats),
        owners=_some(one.owners),
        needed=one.needed,
        people=one.people,
    )


def _some(owners: tuple[str, ...]) -> str:
    """Names of agencies, the first of many."""
    names = ", ".join(owners[:_MOST_OWNERS])
    if len(owners) <= _MOST_OWNERS:
        return names
    return _("%(names)s and %(number)s more", names=names, number=len(owners) - _MOST_OWNERS)


def sentence(finding: Finding) -> str:
    """What was found, without the place."""
    values = {name: _value(name, value) for name, value in finding.values.items()}
    return str(FINDINGS[finding.code]) % values


def act(one: Act) -> str:
    """One act of a path: where, what, by whom, and what is the case then."""
    if one.action == START:
        words = _("A case begins at “%(step)s”", step=label("step", one.path))
    elif one.action == LAPSE:
        words = _("%(step)s: the time runs out", step=label("step", one.path))
    else:
        words = f"{label('step', one.path)}: {label('action', one.action)}"
        if one.party is not None:
            words = f"{words} ({label('party', one.party)})"
    return f"{words} – {', '.join(facts(one.facts))}" if one.facts else words


def facts(given: tuple[tuple[str, Value], ...]) -> list[str]:
    """Facts with their values, such as `jalur: strategis`."""
    return [f"{label('fact', name)}: {_fact(name, value)}" for name, value in given]


def _fact(name: str, value: Value) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return formatting.money(value) if name in MONEY else formatting.number(value)
    return label("fact", value)


def _value(name: str, value: object) -> str:
    if name == "limit":
        return str(LIMITS[str(value)])
    if name == "waiting":
        return ", ".join(_waiting(one) for one in str(value).split(", "))
    if isinstance(value, tuple):
        return ", ".join(facts(value))
    if name in ("before", "after"):
        return _("none can come about") if value == "" else str(value)
    if isinstance(value, int | float):
        return formatting.number(int(value))
    return _names(KINDS[name], str(value)) if name in KINDS else str(value)


def _names(kind: str, joined: str) -> str:
    return ", ".join(label(kind, name) for name in joined.split(", "))


def _waiting(name: str) -> str:
    """A track or a party, whichever it is that has not spoken."""
    return label("track" if knows("track", name) else "party", name)
