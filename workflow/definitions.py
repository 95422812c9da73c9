"""Versions of workflow definitions: published once, checked before, never changed after."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from states import library
from states.definition import Definition
from states.examining import examine
from states.reading import read
from workflow import setting_changes
from workflow.errors import Invalid, NotFound, Problem, Reason, Refused
from workflow.models import Case, WorkflowVersion
from workflow.models.definition import VersionStatus


def publish(
    session: Session, text: str, *, by: int | None, now: datetime, default: bool
) -> WorkflowVersion:
    """Publish a definition as the next version of its key, or find the version it already is.

    With `default`, cases about its subject start on it from now on. Raises DefinitionError when the
    text cannot be read, Invalid when exploring it finds an error.
    """
    definition = read(text)
    version = known(session, definition)
    if version is None:
        _refuse_unsound(text)
        version = _add(session, definition, by, now)
    if default and not version.is_default:
        _make_default(session, version)
    return version


def publish_shipped(
    session: Session, *, by: int | None, now: datetime, default: str
) -> list[WorkflowVersion]:
    """Publish every definition of the library; cases start on the one whose key is `default`."""
    return [
        publish(session, library.text(name), by=by, now=now, default=name == default)
        for name in library.names()
    ]


def follow(
    session: Session, text: str, *, author: int | None, by: int, now: datetime
) -> WorkflowVersion:
    """Publish a checked text as the version that its key's earlier ones give way to.

    Cases start on it if they started on one of those, or if none has started on any so far; it can
    be chosen where one of those could. Running cases stay where they are. Raises DefinitionError.
    """
    version = _add(session, read(text), by, now, author)
    earlier = list(
        session.scalars(
            select(WorkflowVersion).where(
                WorkflowVersion.key == version.key, WorkflowVersion.id != version.id
            )
        )
    )
    takes_over = any(one.is_default for one in earlier) or not _has_default(session, version)
    if takes_over:
        _make_default(session, version)
    version.is_offered = any(one.is_offered for one in earlier)
    for one in earlier:
        one.status, one.is_offered = VersionStatus.RETIRED, False
    session.flush()  # the trigger that keeps what was published speaks here
    return version


def known(session: Session, definition: Definition) -> WorkflowVersion | None:
    """The version of this very content, if it was published before."""
    return session.scalar(
        select(WorkflowVersion).where(
            WorkflowVersion.key == definition.key, WorkflowVersion.hash == definition.hash
        )
    )


def of_key(session: Session, key: str) -> list[WorkflowVersion]:
    """All versions of one workflow, the newest first."""
    return list(
        session.scalars(
            select(WorkflowVersion)
            .where(WorkflowVersion.key == key)
            .order_by(WorkflowVersion.number.desc())
        )
    )


def newest(session: Session, key: str) -> WorkflowVersion | None:
    """The version of a key that was published last, if any."""
    return session.scalar(
        select(WorkflowVersion)
        .where(WorkflowVersion.key == key)
        .order_by(WorkflowVersion.number.desc())
        .limit(1)
    )


def running(session: Session) -> dict[int, int]:
    """How many cases run on each version that has any, by the version's id."""
    rows = session.execute(
        select(Case.workflow_version_id, func.count().label("cases"))
        .where(Case.outcome.is_(None))
        .group_by(Case.workflow_version_id)
    )
    return {row.workflow_version_id: row.cases for row in rows}


def version(session: Session, version_id: int) -> WorkflowVersion:
    """One version. Raises NotFound."""
    found = session.get(WorkflowVersion, version_id)
    if found is None:
        raise NotFound(f"workflow version {version_id}")
    return found


def versions(session: Session) -> list[WorkflowVersion]:
    """All versions, by key, the newest of each first."""
    return list(
        session.scalars(
            select(WorkflowVersion).order_by(WorkflowVersion.key, WorkflowVersion.number.desc())
        )
    )


def default_version(session: Session, subject: str) -> WorkflowVersion:
    """The version on which cases about this kind of subject start. Raises NotFound."""
    found = session.scalar(
        select(WorkflowVersion).where(
            WorkflowVersion.subject == subject, WorkflowVersion.is_default
        )
    )
    if found is None:
        raise NotFound(f"default workflow version for {subject!r}")
    return found


def to_start_on(session: Session, subject: str) -> list[WorkflowVersion]:
    """The versions on which a case about this kind of subject may start, the usual one first."""
    is_open = WorkflowVersion.is_default | WorkflowVersion.is_offered
    query = select(WorkflowVersion).where(WorkflowVersion.subject == subject, is_open)
    by_rank = query.order_by(WorkflowVersion.is_default.desc(), WorkflowVersion.key)
    return list(session.scalars(by_rank))


def offer(session: Session, version_id: int, *, offered: bool, by: int, now: datetime) -> None:
    """Let a version be chosen for cases that start, or no more; said again it changes nothing.

    Raises NotFound, Refused for one that another has replaced.
    """
    found = session.get(WorkflowVersion, version_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(f"workflow version {version_id}")
    if found.status != VersionStatus.PUBLISHED:
        raise Refused(Reason("version_retired"))
    if found.is_offered == offered:
        return
    found.is_offered = offered
    kind = "workflow_offered" if offered else "workflow_not_offered"
    setting_changes.note(session, f"workflow:{found.key}", kind, by, now, {"number": found.number})


def _refuse_unsound(text: str) -> None:
    problems = [
        Problem(finding.step or "", finding.code, dict(finding.values))
        for finding in examine(text).errors
    ]
    if problems:
        raise Invalid(*problems)


def _add(
    session: Session,
    definition: Definition,
    by: int | None,
    now: datetime,
    author: int | None = None,
) -> WorkflowVersion:
    last = session.scalar(
        select(func.max(WorkflowVersion.number)).where(WorkflowVersion.key == definition.key)
    )
    version = WorkflowVersion(
        key=definition.key,
        number=(last or 0) + 1,
        subject=definition.subject,
        source=definition.source,
        hash=definition.hash,
        status=VersionStatus.PUBLISHED,
        is_default=False,
        published_at=now,
        published_by=by,
        authored_by=author,
    )
    session.add(version)
    session.flush()  # the number is taken, or the constraint says so, before anything leans on it
    return version


def _has_default(session: Session, version: WorkflowVersion) -> bool:
    asked = select(WorkflowVersion.id).where(
        WorkflowVersion.subject == version.subject, WorkflowVersion.is_default
    )
    return session.scalar(asked) is not None


def _make_default(session: Session, version: WorkflowVersion) -> None:
    session.execute(
        update(WorkflowVersion)
        .where(WorkflowVersion.subject == version.subject, WorkflowVersion.is_default)
        .values(is_default=False)
    )
    version.is_default = True
    session.flush()
