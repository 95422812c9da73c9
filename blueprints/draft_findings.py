"""What checking a draft of a workflow found: in words, and where in its picture."""

from __future__ import annotations

from flask import url_for
from sqlalchemy.orm import Session

from blueprints import finding_words
from blueprints.edge import now
from blueprints.finding_words import Told
from blueprints.labels import label
from states import diagram
from states.examining import Examination
from states.trail import trail
from workflow import manning
from workflow.models import Draft
from workflow.models.draft import DraftStatus
from workflow.untold import untold


def findings(session: Session, known: Examination) -> list[Told]:
    """What exploring found, which facts nobody tells, and for whom nobody can work today."""
    if known.definition is None:
        return []
    missing = manning.missing(session, known.definition, now().date())
    told = [finding_words.told(one) for one in known.findings]
    told += [finding_words.asked_in_vain(one) for one in untold(known.definition)]
    told += [finding_words.empty_post(one) for one in missing.unmanned]
    told += [finding_words.too_few(one) for one in missing.crowded]
    return told + [finding_words.no_more(one) for one in missing.followed]


def picture(
    known: Examination, found: Draft, *, step: str | None = None, way_to: int | None = None
) -> str:
    """The swimlanes. Marked are the steps at which something was found, or one that is edited.

    Of a chosen finding the way is drawn. While the draft is written each step leads to its form.
    """
    if known.definition is None:
        return ""
    shown = known.findings if way_to is None else (known.findings[way_to - 1],)
    marked = [finding.step for finding in shown] if step is None else [step]
    way = diagram.NO_WAY if way_to is None else trail(known.definition, shown[0].acts)
    here = "finding" if step is None else "edited"

    def words(kind: str, name: str) -> str:
        return label(kind, here if (kind, name) == ("picture", "here") else name)

    def link(path: str) -> str:
        return url_for("designer.form", draft_id=found.id, name="step", step=path)

    return diagram.draw(
        known.definition,
        marked=frozenset(path for path in marked if path),
        way=way,
        labels=words,
        links=link if found.status == DraftStatus.DRAFT else None,
    )
