"""What can be wrong with a definition's document: a code, a place, and English words for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

WORDS: Mapping[str, str] = {
    # the document
    "too_large": "the document has more than {most} bytes",
    "bad_yaml": "this is not readable YAML: {message}",
    "quote_guard": "a guard with `in [ … ]` inside braces must stand in quotes",
    "anchor": "anchors (&{name}) are not allowed",
    "alias": "aliases (*{name}) are not allowed",
    "tag": "tags ({name}) are not allowed",
    "duplicate_key": "{key} stands here twice",
    "too_deep": "nested more than {most} levels deep",
    # its shape
    "missing_key": "{key} is missing",
    "empty": "{key} is empty",
    "unknown_key": "{key} is not known here; known are {known}",
    "wrong_type": "{key} must be {expected}",
    "bad_name": "{name} is not a name: small letters, digits and _, a letter first",
    "reserved_name": "{name} has a meaning of its own and cannot be a name",
    "not_one_of": "{value} is not one of {known}",
    "too_many_steps": "more than {most} steps in one chart",
    "too_many_seats": "more than {most} seats on one step",
    "bad_duration": "{text} is not a time such as `2 working days` or `5 days after period_end`",
    "bad_reminder": "{text} is not `half way`, `on the due day` or such as `1 working day before`",
    "bad_reassign": "a late task can be moved to `superior` or `acting`, not to {name}",
    "post_of_nobody": "{name} is no function whose posts could be named",
    # guards
    "bad_condition": "the guard `{text}` cannot be read at `{found}`",
    "unknown_name": "{name} is not a declared fact",
    "unknown_value": "{value} is not a value of this fact; known are {known}",
    "wrong_comparison": "`{text}` compares different kinds, or orders what has no order",
    "guard_missing": "only the last way may be without a guard",
    "last_guarded": "the last way must be without a guard, or nothing may hold",
    "early_unguarded": "a rule that does not wait needs a guard",
    # what names lead to
    "unknown_step": "there is no step {name} here",
    "never_visited": "{name} is a fork, where nobody stands: it has no visits",
    "unknown_party": "there is no party {name}",
    "clock_unit": "a clock counts working days",
    "unknown_clock": "there is no clock {name}",
    "unknown_action": "there is no action {name}",
    "unknown_verdict": "no action gives the verdict {name}",
    "unknown_outcome": "the tally has no outcome {name}",
    "initial_final": "a case cannot begin at its end",
    # steps and actions
    "no_kind": "a step needs a party, seats, tracks, a route or a final outcome",
    "two_kinds": "a step cannot have both {first} and {second}",
    "no_actions": "nobody can do anything here",
    "nested": "{key} cannot stand inside a track",
    "edits_in_track": "nobody edits while others review; let the case leave the tracks first",
    "track_ways": "a way is either a step or a verdict",
    "verdict_outside": "only a track or seats collect verdicts",
    "no_verdict": "no action gives a verdict to count",
    "target_twice": "an action has either a target or a verdict",
    "closes_nothing": "there is nothing to count here",
    "by_missing": "{name} must say by whom",
    "vote_by": "{name} is a vote: whoever sits here gives it, not a hat named by `by`",
    "times_leaves": "only an action that stays can be limited in times",
    "extends_nothing": "only an action that stays on a step with a deadline can extend it",
    "lapse_without_limit": "a step without a deadline cannot lapse",
    "picks_nothing": "{name} does not have seats that are picked",
    "never_picked": "nobody picks the seats of this step",
    "route_circle": "these forks lead round in a circle: {names}",
    "action_twice": "{name} stands here twice (actions, verdicts and anywhere together)",
    "unless_and_only": "an action has either unless or only",
    # parties
    "no_place": "a party needs an agency and a post, or an external body and via",
    "apart_pair": "apart is `all` or pairs of two different hats",
    "no_person": "{name} is external and cannot act; name the hat that writes for it",
    # wording
    "unknown_worded": "there is no {name} among the {section} that could have words",
    "wording_long": "words of more than {most} characters",
    "wording_unprintable": "words hold a character that cannot be printed, or a new line",
}


@dataclass(frozen=True)
class Problem:
    """One thing to put right; `values` fill the words of the code, in any language."""

    line: int | None
    step: str | None
    code: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        place = [f"line {self.line}"] if self.line else []
        place += [self.step] if self.step else []
        words = WORDS[self.code].format(**self.values)
        return f"{', '.join(place)}: {words}" if place else words


class DefinitionError(Exception):
    """A document that is not a definition; `problems` has everything found wrong at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))
