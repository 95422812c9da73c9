"""What exploration can find wrong with a definition: a code, a place, words, and acts that show it.

It only says; looking is done by the modules that yield findings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from states.attempts import Act


class Severity(StrEnum):
    """An error blocks publishing; a warning is shown to who publishes."""

    ERROR = "error"
    WARNING = "warning"


# In the order in which they are shown: a cause stands before what follows from it.
WORDS: Mapping[str, str] = {
    "too_large": "too large to check: more than {most} {limit}",
    "endless": "the way on leads round in a circle in which nobody ever stands",
    "all_refused": "{hats} can be left without any action: all guards can be false together",
    "join_stuck": "the verdicts can stay incomplete for ever: {waiting} cannot give theirs",
    "dead_end": "from here no end can be reached",
    "facts_stay": "no end can be reached from here in a case with {facts}, and nobody changes it",
    "never_chosen": "the way to {to} is never taken: the guards before it leave nothing",
    "action_never_applies": "the action {action} can never be done",
    "unreachable": "no case ever comes here",
    "never_visited": "a guard counts visits of {counted}, which is never entered",
    "rule_never_chosen": "the rule {outcome} of the tally is never chosen",
    "approves_itself": "a case can be approved without anyone approving",
    "lapse_approves": "letting the time run out saves approvals: {before} before, {after} after",
    "passes_unseen": "coming back, the step passes on earlier verdicts and nobody looks again",
    "verdict_unheard": "the verdict {verdict} counts like an approval, whatever the others say",
    "apart_impossible": "{first} and {second} may not be one person but are the same single post",
    "apart_impossible_in_own": (
        "{first} and {second} may not be one person but are the same single post "
        "in cases of {agency} itself"
    ),
    "seat_twice": "{hat} sits here twice and one person wears one hat",
    "seats_for_one": "there are several seats here for the one person who is {hats}",
    "seats_for_one_in_own": (
        "there are several seats here for the one person who is {hats} in cases of {agency} itself"
    ),
    "own_agency": "{hat} decides for {agency} and has no `instead` for the agency's own cases",
    "keeps_changed": "verdicts {keep} stay valid although what they judged may have changed",
    "acting_blocks": "while an acting officer is {hats}, no end can be reached from here",
    "track_left_behind": "a case may go on to an approval while {tracks} has not spoken",
    "lapse_needs_date": "letting the time run out leads nowhere while the date {date} is not known",
    "lapse_reopens": "letting the time run out repeats a vote that was lost",
}
_ORDER = {code: number for number, code in enumerate(WORDS)}


@dataclass(frozen=True)
class Finding:
    """One thing found; `acts` lead a new case to where it shows (empty: nothing leads there)."""

    severity: Severity
    code: str
    step: str | None
    values: Mapping[str, object] = field(default_factory=dict)
    acts: tuple[Act, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """The acts in words such as `checking.accept`."""
        return tuple(str(act) for act in self.acts)

    def __str__(self) -> str:
        words = WORDS[self.code].format(**{k: _shown(v) for k, v in self.values.items()})
        return f"{self.step}: {words}" if self.step else words


def _shown(value: object) -> object:
    """A value as it is written; facts as `name: value`."""
    if not isinstance(value, tuple):
        return value
    return ", ".join(f"{name}: {str(known).lower()}" for name, known in value)


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Errors first, causes before what follows from them, short paths before long ones."""
    return tuple(
        sorted(
            findings,
            key=lambda f: (f.severity is Severity.WARNING, _ORDER[f.code], len(f.acts)),
        )
    )
