"""Reads the words for times: durations, reminders, escalations."""

from __future__ import annotations

import re
from typing import Literal

from states.definition import Duration, Escalation, Reminder
from states.document import Tree
from states.fields import Fields, Notes

REASSIGNABLE = ("superior", "acting")
"""Who may be given a late task: the position's superior, or the officer who acts for its holder."""

NO_FUNCTIONS = ("superior", "head", "acting", "forum")
"""Whom an escalation may name that is no agency's function."""

_UNITS: dict[str, Literal["working_days", "working_hours", "days", "hours"]] = {
    "working day": "working_days",
    "working hour": "working_hours",
    "day": "days",
    "hour": "hours",
}
_TIME = re.compile(
    r"(\d{1,4}) (working day|working hour|day|hour)s?(?: (after|before)(?: (\w+))?)?"
)


def duration(tree: Tree, notes: Notes, step: str | None, *, anchored: bool = False) -> Duration:
    """`2 working days`, or with `anchored` also `5 working days after period_end`."""
    match = _TIME.fullmatch(str(tree.value))
    if match and int(match[1]):
        anchor = anchored and match[3] == "after" and match[4] is not None
        if anchor or match[3] is None:
            return Duration(int(match[1]), _UNITS[match[2]], match[4])
    notes.add(tree.line, step, "bad_duration", text=str(tree.value))
    return Duration(1, "working_days")


def reminders(trees: list[Tree], notes: Notes) -> tuple[Reminder, ...]:
    """`half way`, `on the due day`, `1 working day before`."""
    found = []
    for tree in trees:
        text = str(tree.value)
        match = _TIME.fullmatch(text)
        if text == "half way":
            found.append(Reminder("half_way"))
        elif text == "on the due day":
            found.append(Reminder("on_due_day"))
        elif match and int(match[1]) and match[3] == "before" and match[4] is None:
            found.append(Reminder("before", int(match[1]), _UNITS[match[2]]))
        else:
            notes.add(tree.line, None, "bad_reminder", text=text)
    return tuple(found)


def escalations(trees: list[Tree], notes: Notes) -> tuple[Escalation, ...]:
    """`{after: 1 working day, to: superior}`; whom: superior, head, acting, forum or a function.

    A function may be asked for one post, and `reassign` moves the task instead of telling of it.
    """
    found = []
    for tree in trees:
        fields = Fields(tree, notes, None, "escalate")
        after = fields.tree("after", required=True)
        to = fields.name("to", required=True)
        post, reassign = fields.name("post"), fields.flag("reassign")
        fields.done()
        if reassign and to not in REASSIGNABLE:
            fields.refuse("to", "bad_reassign", name=to)
        if post is not None and to in NO_FUNCTIONS:
            fields.refuse("post", "post_of_nobody", name=to)
        if after is not None and to is not None:
            found.append(Escalation(duration(after, notes, None), to, reassign, post))
    return tuple(found)
