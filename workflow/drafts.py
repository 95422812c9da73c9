"""Drafts of workflows: written by administrators, approved by another one, then published.

A draft may be saved unreadable; it is submitted and published only without errors. Knows no page.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from states.document import MOST_BYTES
from states.examining import examine
from states.problems import DefinitionError
from states.reading import read
from states.wording import NO_WORDING, Wording
from workflow import definitions, gate, permissions, setting_changes
from workflow.errors import DomainError, Invalid, NotFound, Problem, Reason, Refused
from workflow.models import Draft, DraftRevision, Person, WorkflowVersion
from workflow.models.draft import DraftStatus
from workflow.permissions import Permission

FRAME = """\
key: new-workflow
subject: proposal
initial: asking
parties:
  asker: {agency: owner, post: operator}
  decider: {agency: planning, post: head, instead: {agency: secretariat, post: assistant}}
apart: all
verbs:
  approve: {means: approve}
  return: {means: return, needs: [comment]}
  reject: {means: reject, needs: [reason]}
steps:
  asking:
    party: asker
    edits: all
    actions: {submit: {to: deciding, snapshot: true}}
  deciding:
    party: decider
    within: 3 working days
    actions: {approve: approved, return: asking, reject: rejected}
  approved: {final: approved}
  rejected: {final: rejected}
reminders: [half way, on the due day]
escalate:
  - {after: 1 working day, to: superior}
"""
"""What an empty draft begins with: one asks, one decides."""
LONGEST_REASON = 2000


class Overtaken(DomainError):
    """Somebody changed the draft since it was seen; nothing was overwritten."""

    def __init__(self, by: str, at: datetime) -> None:
        super().__init__(f"changed by {by}")
        self.by = by
        self.at = at


def drafts(session: Session) -> list[Draft]:
    """Every draft that is written or waits for approval, those changed last first."""
    living = (DraftStatus.DRAFT, DraftStatus.IN_APPROVAL)
    query = select(Draft).where(Draft.status.in_(living)).order_by(Draft.changed_at.desc())
    return list(session.scalars(query))


def wording(found: Draft) -> Wording:
    """What a draft calls its things; nothing while it cannot be read."""
    try:
        return read(found.source).wording
    except DefinitionError:
        return NO_WORDING


def draft(session: Session, draft_id: int) -> Draft:
    """One draft. Raises NotFound."""
    found = session.get(Draft, draft_id)
    if found is None:
        raise NotFound(f"draft {draft_id}")
    return found


def editors(session: Session, draft_id: int) -> list[str]:
    """The names of all who have worked on a draft, in the order of their first save."""
    rows = session.execute(
        select(Person.name, DraftRevision.number)
        .join(DraftRevision, DraftRevision.saved_by == Person.id)
        .where(DraftRevision.draft_id == draft_id)
        .order_by(DraftRevision.number)
    )
    return list(dict.fromkeys(name for name, _ in rows))


def subject(draft_id: int) -> str:
    """Under what the journal of settings keeps what is done to a draft."""
    return f"draft:{draft_id}"


def begin(session: Session, *, by: int, now: datetime, version_id: int | None = None) -> Draft:
    """A new draft with the text of a version, or of an empty frame. Raises NotFound."""
    source, key = FRAME, "new-workflow"
    if version_id is not None:
        version = definitions.version(session, version_id)
        source, key = version.source, version.key
    found = Draft(
        key=key,
        based_on=version_id,
        status=DraftStatus.DRAFT,
        source=source,
        revision=1,
        changed_by=by,
        changed_at=now,
    )
    session.add(found)
    session.flush()  # its number is in the journal and the revisions
    _keep(session, found)
    _record(session, found, "draft_begun", by, now, version_id=version_id)
    return found


def save(
    session: Session, draft_id: int, source: str, *, seen: int, by: int, now: datetime
) -> Draft:
    """Save a text over the revision that was seen; the same text again is no revision.

    Raises Overtaken when somebody saved meanwhile, Invalid when it cannot be kept, Refused while
    the draft is not being written.
    """
    found = _locked(session, draft_id, DraftStatus.DRAFT)
    if source == found.source:
        return found
    _seen(session, found, seen)
    if "\x00" in source:
        raise Invalid(Problem("source", "control_character"))
    if len(source.encode()) > MOST_BYTES:
        raise Invalid(Problem("source", "too_long", {"most": MOST_BYTES}))
    return _write(session, found, source, "draft_saved", by, now)


def restore(
    session: Session, draft_id: int, number: int, kind: str, *, seen: int, by: int, now: datetime
) -> Draft:
    """Save the text of an earlier revision again. Raises as `save` does, and NotFound."""
    found = _locked(session, draft_id, DraftStatus.DRAFT)
    _seen(session, found, seen)
    return _write(session, found, source_of(session, draft_id, number), kind, by, now, number)


def source_of(session: Session, draft_id: int, number: int) -> str:
    """The text of a revision. Raises NotFound."""
    found = session.get(DraftRevision, (draft_id, number))
    if found is None:
        raise NotFound(f"revision {number} of draft {draft_id}")
    return found.source


def submit(session: Session, draft_id: int, *, seen: int, by: int, now: datetime) -> Draft:
    """Ask for approval. Raises Overtaken, and Invalid while there is an error in the draft."""
    found = _locked(session, draft_id, DraftStatus.DRAFT)
    _seen(session, found, seen)
    gate.pass_through(session, found.source, now)
    found.status, found.sent_back = DraftStatus.IN_APPROVAL, None
    found.submitted_by, found.submitted_at = by, now
    _record(session, found, "draft_submitted", by, now)
    return found


def take_back(session: Session, draft_id: int, *, by: int, now: datetime) -> Draft:
    """Write on after all, before anybody has approved."""
    found = _locked(session, draft_id, DraftStatus.IN_APPROVAL)
    found.status = DraftStatus.DRAFT
    _record(session, found, "draft_taken_back", by, now)
    return found


def send_back(session: Session, draft_id: int, reason: str, *, by: int, now: datetime) -> Draft:
    """Return it to its authors with a reason. Raises Refused for one of them, Invalid without."""
    found = _locked(session, draft_id, DraftStatus.IN_APPROVAL)
    _by_another(session, found, by, now)
    if not reason.strip():
        raise Invalid(Problem("reason", "required"))
    if len(reason) > LONGEST_REASON:
        raise Invalid(Problem("reason", "too_long", {"most": LONGEST_REASON}))
    found.status, found.sent_back = DraftStatus.DRAFT, reason.strip()
    _record(session, found, "draft_sent_back", by, now, reason=found.sent_back)
    return found


def publish(
    session: Session, draft_id: int, *, seen: int, by: int, now: datetime
) -> WorkflowVersion:
    """Approve a draft: it becomes the next version of its key, on which new cases start.

    Raises Refused for whoever worked on it, Overtaken when it is not what was seen, Invalid when
    an error stands against it.
    """
    found = _locked(session, draft_id, DraftStatus.IN_APPROVAL)
    _by_another(session, found, by, now)
    _seen(session, found, seen)
    session.execute(text("LOCK TABLE workflow_versions IN SHARE ROW EXCLUSIVE MODE"))
    gate.pass_through(session, found.source, now)
    version = definitions.follow(session, found.source, author=found.submitted_by, by=by, now=now)
    found.status, found.version_id = DraftStatus.PUBLISHED, version.id
    _record(session, found, "version_published", by, now, version_id=version.id, hash=version.hash)
    return version


def discard(session: Session, draft_id: int, *, by: int, now: datetime) -> Draft:
    """Give a draft up. Its revisions and its journal stay."""
    found = _locked(session, draft_id, DraftStatus.DRAFT)
    found.status = DraftStatus.DISCARDED
    _record(session, found, "draft_discarded", by, now)
    return found


def overtaken(session: Session, found: Draft) -> Overtaken:
    """Who saved a draft last, and when, for somebody who saw it before."""
    return Overtaken(session.get_one(Person, found.changed_by).name, found.changed_at)


def with_line_ends(source: str, like: str) -> str:
    """A typed text with the line ends that the draft has: a browser sends its own."""
    plain, before = source.replace("\r\n", "\n"), like.replace("\r\n", "\n")
    if plain == before:
        return like
    return plain.replace("\n", "\r\n") if "\r\n" in like else plain


def _locked(session: Session, draft_id: int, status: DraftStatus) -> Draft:
    """The draft under a lock, in the status in which this can be done to it."""
    found = session.get(Draft, draft_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(f"draft {draft_id}")
    if found.status != status:
        raise Refused(Reason("draft_elsewhere", {"status": found.status}))
    return found


def _seen(session: Session, found: Draft, seen: int) -> None:
    if found.revision != seen:
        raise overtaken(session, found)


def _by_another(session: Session, found: Draft, by: int, now: datetime) -> None:
    if not permissions.may(session, by, Permission.APPROVE_DRAFT, now, draft_id=found.id):
        raise Refused(Reason("own_draft"))


def _write(
    session: Session,
    found: Draft,
    source: str,
    kind: str,
    by: int,
    now: datetime,
    restores: int | None = None,
) -> Draft:
    definition = examine(source).definition
    found.source, found.revision = source, found.revision + 1
    found.key = definition.key if definition is not None else found.key
    found.changed_by, found.changed_at = by, now
    _keep(session, found, restores)
    _record(session, found, kind, by, now)
    return found


def _keep(session: Session, found: Draft, restores: int | None = None) -> None:
    session.add(
        DraftRevision(
            draft_id=found.id,
            number=found.revision,
            source=found.source,
            saved_by=found.changed_by,
            saved_at=found.changed_at,
            restores=restores,
        )
    )


def _record(
    session: Session, found: Draft, kind: str, by: int, now: datetime, **what: object
) -> None:
    about = {"key": found.key, "revision": found.revision, **what}
    setting_changes.note(session, subject(found.id), kind, by, now, about)
    session.flush()  # refused by the database here, and not where the page is drawn
