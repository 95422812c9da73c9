"""The history of a case in words: each event of the journal as a line that an official can read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from blueprints.decision_form import CRITERIA
from blueprints.labels import capacity, done, label
from blueprints.proposal_words import place_of
from blueprints.words import listed
from blueprints.words import reason as reason_in_words
from workflow.errors import Reason
from workflow.timelines import Entry

TEXTS = (
    "authority",
    "comment",
    "reason",
    "criterion",
    "question",
    "minutes",
    "number",
    "letter_number",
    "letter_date",
    "file",
)
HELPED = frozenset({"case_moved", "move_taken_back", "case_cancelled"})
HANDED = HELPED | {
    "owner_changed",
    "parent_changed",
    "task_claimed",
    "task_released",
    "task_given",
    "reassigned",
}
QUIET = frozenset({"proposal_saved", "reminded"})


@dataclass(frozen=True)
class Line:
    """One event as it is told."""

    kind: str
    means: str | None
    what: str
    who: str
    at: datetime
    letter: str | None
    words: tuple[tuple[str, str], ...]
    points: tuple[str, ...]
    follows: str
    is_quiet: bool


def tell(entries: list[Entry]) -> list[Line]:
    """The events in words, the newest first; saves in a row become one line."""
    lines: list[Line] = []
    for entry in reversed(entries):
        line = _line(entry)
        if lines and line.kind == "proposal_saved" and _same_save(lines[-1], line):
            continue
        lines.append(line)
    return lines


def brought(entries: list[Entry], paths: set[str]) -> Line | None:
    """What was said by whoever passed the ball to one of these steps, if anything was said."""
    for entry in reversed(entries):
        opened = {task["path"] for task in entry.payload.get("opened") or ()}
        if entry.kind == "decided" and opened & paths:
            line = _line(entry)
            return line if line.words and not entry.is_hidden else None
    return None


def _same_save(later: Line, earlier: Line) -> bool:
    return later.kind == "proposal_saved" and later.who == earlier.who


def _line(entry: Entry) -> Line:
    payload = entry.payload
    data: Mapping[str, Any] = payload.get("data") or {}
    return Line(
        kind=entry.kind,
        means=payload.get("means") if entry.kind == "decided" else None,
        what=_what(entry),
        who=_who(payload),
        at=entry.at,
        letter=payload.get("letter"),
        words=(
            *_words(data, payload.get("facts") or {}),
            *_refused(payload),
            *_routed(payload),
            *_more_time(payload),
        ),
        points=tuple(_rows(data)),
        follows=_follows(entry),
        is_quiet=entry.kind in QUIET,
    )


def _what(entry: Entry) -> str:
    payload = entry.payload
    action = label("action", payload.get("action") or "")
    if entry.is_hidden:
        return _hidden(payload)
    step = label("step", payload.get("path") or "")
    if entry.kind in HANDED:
        return _handed(entry.kind, payload, step)
    match entry.kind:
        case "case_started":
            return _("The proposal was begun")
        case "decided":
            return _("%(action)s, at %(step)s", action=done(payload["action"]), step=step)
        case "lapsed":
            return _("Time ran out at %(step)s", step=step)
        case "attempt_refused":
            return _("An attempt was refused: %(action)s", action=action)
        case "proposal_saved":
            return _("The proposal was saved")
        case "reminded":
            return _("A reminder was sent: %(step)s", step=step)
        case "escalated":
            return _("It was overdue and passed upwards: %(step)s", step=step)
        case "deadlines_moved":
            steps = {label("step", one["path"]) for one in payload["moved"]}
            return _("More time: %(steps)s", steps=listed(sorted(steps)))
        case "lapse_failed":
            return _("Time ran out at %(step)s, but the case cannot go on", step=step)
        case _:
            return entry.kind.replace("_", " ")


def _helped(kind: str, payload: Mapping[str, Any]) -> str:
    """How an administrator helped the case, deciding nothing."""
    step = label("step", payload["to"])
    if kind == "case_cancelled":
        return _(
            "Cancelled by the authority's document, at %(step)s",
            step=label("step", payload["from"]),
        )
    if kind == "move_taken_back":
        return _("The move was taken back, the case is again at %(step)s", step=step)
    return _("Moved to another version of the workflow, now at %(step)s", step=step)


def _hidden(payload: Mapping[str, Any]) -> str:
    """That a step was taken, and until when its words wait."""
    if payload.get("track"):
        step = label("track", payload["track"])
        return _("%(step)s: a step was taken; its words are told when all have spoken", step=step)
    step = label("step", payload.get("from") or "")
    return _("%(step)s: done; its words are told when it is your turn, or at the end", step=step)


def _handed(kind: str, payload: Mapping[str, Any], step: str) -> str:
    """Whose a task became, or where the case went, without anything being decided."""
    if kind in HELPED:
        return _helped(kind, payload)
    match kind:
        case "owner_changed":
            return _(
                "The proposal belongs to %(agency)s from now on, before to %(from_agency)s",
                agency=payload["agency"],
                from_agency=payload["from_agency"],
            )
        case "parent_changed":
            return _(
                "The agency stands under %(agency)s from now on, before under %(from_agency)s",
                agency=payload["agency"],
                from_agency=payload["from_agency"],
            )
        case "task_claimed":
            return _("Took the task: %(step)s", step=step)
        case "task_released":
            return _("Released the task for all who hold the position: %(step)s", step=step)
        case "task_given":
            return _(
                "The task was given to %(name)s: %(step)s", name=payload["assignee"], step=step
            )
    to = payload["position"]
    if payload.get("by"):
        return _("It was routed to %(position)s: %(step)s", position=to, step=step)
    return _("It was overdue and went to %(position)s: %(step)s", position=to, step=step)


def _who(payload: Mapping[str, Any]) -> str:
    if payload.get("by"):
        return str(payload["by"])
    person, position = payload.get("person"), payload.get("position")
    if not person:
        return ""
    title = capacity(payload.get("capacity") or "definitive", position) if position else ""
    return str(person) if title in ("", person) else f"{person}, {title}"


def _words(data: Mapping[str, Any], facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was written, and what a definition asks for besides; facts are told elsewhere."""
    others = [n for n in data if n not in TEXTS and n not in facts and isinstance(data[n], str)]
    found = []
    for name in (*TEXTS, *others):
        words = data.get(name)
        if words:
            said = str(CRITERIA.get(words, words)) if name == "criterion" else str(words)
            found.append((label("need", name).capitalize(), said))
    if data.get("lane"):
        found.append((label("fact", "lane").capitalize(), label("fact", str(data["lane"]))))
    return found


def _refused(payload: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    reasons = payload.get("reasons") or ()
    if not reasons:
        return ()
    told = [reason_in_words(Reason(one["code"], one.get("values") or {})) for one in reasons]
    return ((_("Why"), " ".join(told)),)


def _routed(payload: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return ((_("Why"), str(payload["reason"])),) if payload.get("reason") else ()


def _more_time(payload: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Why a deadline moved, where it was not the calendar."""
    if outage := payload.get("outage"):
        return ((_("Why"), _("Outage: %(why)s", why=outage["reason"])),)
    if told := payload.get("week"):
        week, agency = label("week", told["week"]), told["agency"]
        words = _("Another working week at %(agency)s: %(week)s", agency=agency, week=week)
        return ((_("Why"), words),)
    return ()


def _rows(data: Mapping[str, Any]) -> list[str]:
    points = [
        f"{place_of(row['field'])}: {row['text']}" if row.get("field") else str(row["text"])
        for row in data.get("points") or ()
    ]
    conditions = [
        f"{row['text']} ({label('gate', row['gate'])})" for row in data.get("conditions") or ()
    ]
    return points + conditions


def _follows(entry: Entry) -> str:
    payload = entry.payload
    if entry.is_hidden:
        return ""
    if payload.get("outcome"):
        outcome = label("outcome", payload["outcome"])
        return _("The case ended: %(outcome)s.", outcome=outcome)
    opened = list(
        dict.fromkeys(label("step", task["path"]) for task in payload.get("opened") or ())
    )
    if opened:
        return _("It went on to %(steps)s.", steps=listed(opened))
    answers = (payload.get("data") or {}).get("answers")
    if answers:
        return ngettext("One point answered.", "%(num)d points answered.", len(answers))
    return ""
