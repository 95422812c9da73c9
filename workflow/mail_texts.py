"""The city's own words for mails: tried on real cases, kept, taken back, and found broken.

Each change is noted with who made it. Sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from workflow import setting_changes
from workflow.errors import Invalid, NotFound, Problem
from workflow.messages import MONTHS, Words, own
from workflow.models import MailText, Notification
from workflow.models.base import Json

CHANGED, RESET = "changed", "reset"
TRIED_ON = 10
"""Of so many mails of a kind, the newest, one is chosen to try a text on."""

_TASK = {
    "title": "Antrean daring puskesmas",
    "path": "review",
    "position": "Kepala Bidang",
    "due_at": "2026-11-25T09:30:00+00:00",
}
_CASE: Json = {
    "title": "Antrean daring puskesmas",
    "agency": "Dinas Kesehatan",
    "receipt": "0007/2026",
    "by": "Kepala Dinas Kesehatan",
    "tasks": [_TASK],
}
EXAMPLE: Json = {
    **_CASE,
    "outcome": "approved",
    "reason": "Sesuai rencana induk",
    "matters": [{"kind": "reminded", **_CASE, "line": "Pengingat", "link": "https://alur.example"}],
    "count": 1,
    "url": "https://data.example/hooks",
    "since": "2026-11-20T02:00:00+00:00",
    "version": 2,
    "person": "Kepala Dinas Kesehatan",
    "username": "kepala.dinkes",
    "entered_by": "Administrator",
    "appointments": [
        {
            "holder": "Sekretaris Dinas Kesehatan, Plh. Kepala Dinas Kesehatan",
            "starts_on": "2026-11-25",
            "ends_on": "2026-12-01",
            "letter": "800/12/BKPSDM/2026",
        }
    ],
    "position": "Kepala Dinas Kesehatan",
    "ends_on": "2026-12-01",
    "parked": 2,
    "minutes": 20,
    "year": 2027,
}
"""Values to try a text on while no mail of its kind has been written."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A matter that was told, to try a text on."""

    id: int
    title: str
    at: datetime


def own_texts(session: Session) -> dict[tuple[str, str], Words]:
    """The city's own texts by kind and language."""
    query = select(MailText.kind, MailText.language, MailText.subject, MailText.text)
    return read_own(session.execute(query).all())


def read_own(rows: Iterable[Sequence[str]] | None) -> dict[tuple[str, str], Words]:
    """Make texts of what OWN selects, for callers that read it along with more."""
    return {(kind, language): Words(subject, text) for kind, language, subject, text in rows or ()}


def texts(session: Session) -> dict[tuple[str, str], MailText]:
    """The city's own texts as rows, with what is known of their health."""
    return {(row.kind, row.language): row for row in session.scalars(select(MailText))}


def text(session: Session, kind: str, language: str) -> MailText | None:
    """The city's own text, if there is one. Raises NotFound for what has no texts."""
    _require(kind, language)
    query = select(MailText).where(MailText.kind == kind, MailText.language == language)
    return session.scalars(query).one_or_none()


def trials(session: Session, kind: str) -> list[Trial]:
    """The newest matters of this kind, to try a text on."""
    query = (
        select(Notification)
        .where(Notification.kind == kind)
        .order_by(Notification.id.desc())
        .limit(TRIED_ON)
    )
    return [
        Trial(line.id, str(line.values.get("title", line.id)), line.created_at)
        for line in session.scalars(query)
    ]


def preview(
    session: Session,
    kind: str,
    language: str,
    words: Words,
    *,
    trial_id: int | None,
    base_url: str,
    zone: tzinfo | None,
) -> Words:
    """The words as a mail of this matter would say them; of an example without one.

    Raises Invalid with everything that is wrong, and NotFound.
    """
    _require(kind, language)
    if found := own.problems(kind, language, words):
        raise Invalid(*found)
    values, link = EXAMPLE, f"{base_url}/cases/1"
    if trial_id is not None:
        line = session.get(Notification, trial_id)
        if line is None or line.kind != kind:
            raise NotFound(f"matter {trial_id} of kind {kind}")
        values, link = line.values, f"{base_url}/cases/{line.case_id or ''}"
    return _filled(words, language, values, zone, link)


def save(
    session: Session,
    kind: str,
    language: str,
    words: Words,
    *,
    base_url: str,
    zone: tzinfo | None,
    by: int,
    now: datetime,
) -> None:
    """Keep the words, if they can be filled for each matter that they can be tried on.

    Raises Invalid with everything that is wrong, and NotFound.
    """
    tried_on: list[int | None] = [trial.id for trial in trials(session, kind)]
    for trial_id in tried_on or [None]:
        preview(session, kind, language, words, trial_id=trial_id, base_url=base_url, zone=zone)
    row = text(session, kind, language)
    if row is None:
        row = MailText(kind=kind, language=language)
        session.add(row)
    row.subject, row.text, row.changed_at = words.subject, words.text, now
    row.broken_at = row.error = None
    _note(session, kind, language, CHANGED, by, now, words._asdict())


def reset(session: Session, kind: str, language: str, *, by: int, now: datetime) -> None:
    """Go back to the shipped text; done already, nothing changes. Raises NotFound."""
    _require(kind, language)
    gone = delete(MailText).where(MailText.kind == kind, MailText.language == language)
    if session.execute(gone.returning(MailText.id)).first() is not None:
        _note(session, kind, language, RESET, by, now, {})


def note_broken(session: Session, broken: Mapping[tuple[str, str], str], now: datetime) -> None:
    """Note the texts in whose place the shipped ones were sent, for administrators to see."""
    for (kind, language), error in broken.items():
        statement = update(MailText).where(MailText.kind == kind, MailText.language == language)
        session.execute(statement.values(broken_at=now, error=error))


def subject(kind: str, language: str) -> str:
    """What the journal of settings calls a text."""
    return f"mail_text:{language}:{kind}"


def _require(kind: str, language: str) -> None:
    if kind not in own.kinds() or language not in MONTHS:
        raise NotFound(f"text of {kind} in {language}")


def _filled(words: Words, language: str, values: Json, zone: tzinfo | None, link: str) -> Words:
    try:
        return own.fill(words, language, values, zone=zone, link=link)
    except own.Broken as error:
        raise Invalid(Problem("text", "not_filled", {"why": str(error)})) from error


def _note(
    session: Session,
    kind: str,
    language: str,
    what: str,
    by: int,
    now: datetime,
    words: Mapping[str, object],
) -> None:
    setting_changes.note(session, subject(kind, language), what, by, now, words)


OWN = "(SELECT json_agg(json_build_array(kind, language, subject, text)) FROM mail_texts)"
"""The city's own texts as one column, to be selected beside other columns."""
