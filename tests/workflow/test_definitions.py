"""Publishing: once, checked, numbered, and never changed."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from states import library
from states.problems import DefinitionError
from tests.workflow.factories import City
from workflow import definitions, setting_changes, versions
from workflow.drafts import FRAME
from workflow.errors import Invalid, NotFound, Refused
from workflow.models import WorkflowVersion

SILENT = """
key: silent
subject: proposal
initial: deciding
parties: {head: {agency: planning, post: head, instead: {agency: secretariat, post: assistant}}}
verbs: {approve: {means: approve}, reject: {means: reject}}
steps:
  deciding:
    party: head
    within: 5 working days
    on_lapse: approved
    actions: {approve: approved, reject: rejected}
  approved: {final: approved}
  rejected: {final: rejected}
"""
ENDLESS = """
key: endless
subject: proposal
initial: asking
parties: {asker: {agency: owner, post: operator}}
steps:
  asking: {party: asker, actions: {again: asking}}
  closed: {final: closed}
"""


SUBDOMAIN = FRAME.replace("new-workflow", "subdomain")


def test_the_same_text_is_the_same_version(session: Session, now: datetime) -> None:
    text = library.text("program-proposal")
    first = definitions.publish(session, text, by=None, now=now, default=True)
    again = definitions.publish(session, text, by=None, now=now, default=True)
    assert again is first
    assert (first.number, first.is_default, first.published_at) == (1, True, now)


def test_another_text_is_the_next_version(session: Session, now: datetime) -> None:
    text = library.text("program-proposal")
    first = definitions.publish(session, text, by=None, now=now, default=True)
    changed = text.replace("within: 1 working day", "within: 2 working days", 1)
    second = definitions.publish(session, changed, by=None, now=now, default=True)
    assert (second.number, second.is_default) == (2, True)
    session.refresh(first)
    assert not first.is_default
    assert definitions.default_version(session, "proposal") is second
    assert definitions.versions(session) == [second, first]


def test_a_definition_with_a_finding_is_not_published(session: Session, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        definitions.publish(session, ENDLESS, by=None, now=now, default=False)
    assert refused.value.problems
    assert definitions.versions(session) == []


def test_a_definition_in_which_a_deadline_approves_is_not_published(
    session: Session, now: datetime
) -> None:
    with pytest.raises(Invalid) as refused:
        definitions.publish(session, SILENT, by=None, now=now, default=False)
    assert [problem.code for problem in refused.value.problems] == ["lapse_approves"]
    assert definitions.versions(session) == []


def test_what_cannot_be_read_is_not_published(session: Session, now: datetime) -> None:
    with pytest.raises(DefinitionError):
        definitions.publish(session, "key: [", by=None, now=now, default=False)


def test_the_shipped_ones_are_published_and_one_is_the_default(
    session: Session, now: datetime
) -> None:
    published = definitions.publish_shipped(
        session, by=None, now=now, default="program-proposal-sequential"
    )
    assert [version.is_default for version in published] == [False, True]
    loaded = versions.load(session, published[0].id)
    assert loaded.definition.hash == published[0].hash
    assert definitions.version(session, published[0].id) is published[0]


def test_a_workflow_is_offered_beside_the_usual_one_and_no_more(
    session: Session, now: datetime
) -> None:
    other, usual = definitions.publish_shipped(
        session, by=None, now=now, default="program-proposal-sequential"
    )
    who = City.founded(session, now).person("admin", administers=True)

    def offer(*, offered: bool) -> list[WorkflowVersion]:
        definitions.offer(session, other.id, offered=offered, by=who, now=now)
        return definitions.to_start_on(session, "proposal")

    assert definitions.to_start_on(session, "proposal") == [usual]
    assert offer(offered=True) == offer(offered=True) == [usual, other]
    assert offer(offered=False) == [usual]
    kinds = [one.kind for one in setting_changes.history(session, f"workflow:{other.key}")]
    assert kinds == ["workflow_not_offered", "workflow_offered"]


def test_the_next_version_is_offered_in_the_place_of_the_last(
    session: Session, now: datetime
) -> None:
    who = City.founded(session, now).person("admin", administers=True)
    first = definitions.publish(session, SUBDOMAIN, by=None, now=now, default=False)
    definitions.offer(session, first.id, offered=True, by=who, now=now)
    changed = f"{SUBDOMAIN}# changed\n".replace("3 working days", "2 working days")
    second = definitions.follow(session, changed, author=None, by=who, now=now)
    assert (first.is_offered, second.is_offered) == (False, True)
    with pytest.raises(Refused) as refused:
        definitions.offer(session, first.id, offered=True, by=who, now=now)
    assert [reason.code for reason in refused.value.reasons] == ["version_retired"]
    with pytest.raises(NotFound):
        definitions.offer(session, 0, offered=True, by=who, now=now)


def test_what_is_not_there_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        definitions.version(session, 1)
    with pytest.raises(NotFound):
        versions.load(session, 1)
    with pytest.raises(NotFound):
        definitions.default_version(session, "proposal")
