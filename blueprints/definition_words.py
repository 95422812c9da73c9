"""What is wrong with a definition's text, in the reader's language: one sentence for each code.

The codes are those of `states.problems`, which has English words of its own for the command line.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from blueprints.edge import database_session
from blueprints.labels import label, speak_of
from states.definition import Definition
from states.problems import Problem
from states.wording import WORKFLOW
from workflow import definitions, drafts, versions
from workflow.models import Draft, WorkflowVersion

PROBLEMS: Mapping[str, object] = {
    # the document
    "too_large": _l("The text has more than %(most)s bytes."),
    "bad_yaml": _l("This cannot be read as YAML. Look at the indentation, colons and quotes."),
    "quote_guard": _l("A condition with “in [ … ]” inside braces has to stand in quotes."),
    "anchor": _l("Anchors (&%(name)s) are not allowed."),
    "alias": _l("Aliases (*%(name)s) are not allowed."),
    "tag": _l("Tags (%(name)s) are not allowed."),
    "duplicate_key": _l("“%(key)s” stands here twice."),
    "too_deep": _l("This is nested more than %(most)s levels deep."),
    # its shape
    "missing_key": _l("“%(key)s” is missing."),
    "empty": _l("“%(key)s” is empty."),
    "unknown_key": _l("“%(key)s” is not known here. Known are: %(known)s."),
    "wrong_type": _l("“%(key)s” has to be %(expected)s."),
    "bad_name": _l("“%(name)s” is not a name: small letters, digits and _, a letter first."),
    "reserved_name": _l("“%(name)s” has a meaning of its own and cannot be a name."),
    "not_one_of": _l("“%(value)s” is not possible here. Possible are: %(known)s."),
    "too_many_steps": _l("There are more than %(most)s steps in one chart."),
    "too_many_seats": _l("There are more than %(most)s seats on one step."),
    "bad_duration": _l(
        "“%(text)s” is not a time such as “2 working days” or “5 days after period_end”."
    ),
    "bad_reminder": _l(
        "“%(text)s” is not “half way”, “on the due day” or such as “1 working day before”."
    ),
    "bad_reassign": _l("A late task can be moved to “superior” or “acting”, not to “%(name)s”."),
    "post_of_nobody": _l("“%(name)s” is no function whose posts could be named."),
    # conditions
    "bad_condition": _l("The condition “%(text)s” cannot be read at “%(found)s”."),
    "unknown_name": _l("“%(name)s” is not a declared fact."),
    "unknown_value": _l("“%(value)s” is not a value of this fact. Known are: %(known)s."),
    "wrong_comparison": _l(
        "“%(text)s” compares what cannot be compared, or puts in order what has none."
    ),
    "guard_missing": _l("Only the last way may be without a condition."),
    "last_guarded": _l("The last way has to be without a condition, or none may be open."),
    "early_unguarded": _l("A rule that does not wait needs a condition."),
    # what names lead to
    "unknown_step": _l("There is no step “%(name)s” here."),
    "never_visited": _l("“%(name)s” is a fork, where nobody stands: it has no visits."),
    "unknown_party": _l("There is no party “%(name)s”."),
    "clock_unit": _l("A clock counts working days."),
    "unknown_clock": _l("There is no clock “%(name)s”."),
    "unknown_action": _l("There is no action “%(name)s”."),
    "unknown_verdict": _l("No action gives the verdict “%(name)s”."),
    "unknown_outcome": _l("The tally has no outcome “%(name)s”."),
    "initial_final": _l("A case cannot begin at its end."),
    # steps and actions
    "no_kind": _l("A step needs a party, seats, tracks, a route or a final outcome."),
    "two_kinds": _l("A step cannot have both “%(first)s” and “%(second)s”."),
    "no_actions": _l("Nobody can do anything here."),
    "nested": _l("“%(key)s” cannot stand inside a track."),
    "edits_in_track": _l("Nobody edits while others review. Let the case leave the tracks first."),
    "track_ways": _l("A way leads either to a step or to a verdict."),
    "verdict_outside": _l("Verdicts are collected only in a track or by seats."),
    "no_verdict": _l("No action gives a verdict to count."),
    "target_twice": _l("An action has either a target or a verdict."),
    "closes_nothing": _l("There is nothing to count here."),
    "by_missing": _l("“%(name)s” has to say by whom."),
    "vote_by": _l("“%(name)s” is a vote: it is given by who sits here, not by a named party."),
    "times_leaves": _l("Only an action that stays on the step can be limited in number."),
    "extends_nothing": _l("Only an action that stays on a step with a deadline can extend it."),
    "lapse_without_limit": _l("A step without a deadline has no time that could run out."),
    "picks_nothing": _l("“%(name)s” has no seats that are chosen."),
    "never_picked": _l("Nobody chooses who sits on this step."),
    "route_circle": _l("These forks lead round in a circle: %(names)s."),
    "action_twice": _l("“%(name)s” stands here twice (actions, verdicts and “anywhere” together)."),
    "unless_and_only": _l("An action has either “unless” or “only”."),
    # parties
    "no_place": _l("A party needs an agency and a post, or an external body and “via”."),
    "apart_pair": _l("“apart” is “all”, or pairs of two different parties."),
    "no_person": _l("“%(name)s” is external and cannot act. Name the party that writes for it."),
    # wording
    "unknown_worded": _l("There is no “%(name)s” among the %(section)s that could have words."),
    "wording_long": _l("Words have at most %(most)s characters."),
    "wording_unprintable": _l("Words hold a character that cannot be printed, or a new line."),
}
EXPECTED: Mapping[str, object] = {
    "a mapping": _l("a group of lines “name: value”"),
    "a word": _l("a word"),
    "a whole number from 1": _l("a whole number from 1"),
    "true or false": _l("true or false"),
    "a word or a list of words": _l("a word or a list of words"),
    "a list": _l("a list"),
    "a guard": _l("a condition"),
    "different words": _l("a list of different words"),
    "boolean, integer or a list of words": _l("boolean, integer or a list of words"),
    "a party, or each": _l("a party, or “each”"),
}
"""What can stand after “has to be”."""


def name_of(written: Draft | WorkflowVersion) -> str:
    """What a draft or a version is called in its own words, in a list of several."""
    if isinstance(written, Draft):
        wording = drafts.wording(written)
    else:
        wording = versions.wording(database_session(), written.id, written.hash)
    return label(WORKFLOW, written.key, wording)


def speak_of_every_version(definition: Definition) -> None:
    """On a page about cases of several versions: what is not in this one goes by its own."""
    session = database_session()
    others = definitions.of_key(session, definition.key)
    speak_of(definition, *(versions.load(session, one.id, one.hash).definition for one in others))


def sentence(problem: Problem) -> str:
    """What is wrong, without the place."""
    values = {name: str(value) for name, value in problem.values.items()}
    if "expected" in values:
        values["expected"] = str(EXPECTED.get(values["expected"], values["expected"]))
    return str(PROBLEMS[problem.code]) % values


def placed(problem: Problem) -> str:
    """The same with line and step before it."""
    place = [_("line %(number)s", number=problem.line)] if problem.line else []
    if problem.step:
        place.append(_("step %(name)s", name=label("step", problem.step)))
    words = sentence(problem)
    return f"{', '.join(place)}: {words}" if place else words
