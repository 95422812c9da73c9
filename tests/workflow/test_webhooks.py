"""Webhooks: who is told of what, once; retried, rotated, switched off; nothing of persons in it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from states import library
from tests.workflow.factories import City, checklist
from tests.workflow.hooks import Receiver, receiving_hooks
from workflow import outbox, setting_changes, sweep, webhooks
from workflow.delivery import Delivery
from workflow.errors import Invalid, NotFound
from workflow.models import (
    Case,
    Event,
    Notification,
    OutboxMessage,
    WebhookDelivery,
    WebhookEndpoint,
)
from workflow.webhooks import KINDS, State, endpoints, outcomes
from workflow.webhooks.posting import Outbound

HERE = (ipaddress.ip_network("127.0.0.0/8"),)
OUTBOUND = Outbound("k" * 40, HERE, https_only=False, seconds_to_answer=0.3, seconds_in_all=0.6)
ALL = list(KINDS.values())


@dataclass
class Post:
    """A city, a receiver, and a delivery whose clock can be moved."""

    sessions: sessionmaker[Session]
    moment: datetime
    receiver: Receiver
    endpoint_id: int = 0
    case_id: int = 0
    admin: int = 0
    people: dict[str, int] = field(default_factory=dict)
    appointments: dict[str, int] = field(default_factory=dict)

    def delivery(self) -> Delivery:
        return Delivery(
            self.sessions, lambda: self.moment, "https://alur.example", outbound=OUTBOUND
        )

    def carry(self) -> None:
        """Deliver what is due, and what follows from it, as a worker would."""
        delivery = self.delivery()
        while True:
            with self.sessions.begin() as session:
                ids = outbox.claim(session, self.moment)
            if not ids:
                return
            for message_id in ids:
                delivery.deliver(message_id)

    def act(self, username: str, action: str, **data: object) -> None:
        with self.sessions.begin() as session:
            city = City(session)
            city.people, city.appointments = self.people, self.appointments
            city.act(self.case_id, username, action, self.moment, **data)

    def log(self) -> list[WebhookDelivery]:
        with self.sessions() as session:
            return endpoints.deliveries(session, self.endpoint_id)[::-1]

    def endpoint(self) -> WebhookEndpoint:
        with self.sessions() as session:
            return endpoints.endpoint(session, self.endpoint_id)

    def does(self, what: Callable[[Session], object]) -> None:
        with self.sessions.begin() as session:
            what(session)

    def secret(self) -> str:
        with self.sessions.begin() as session:
            taken = endpoints.take_secret(
                session, self.endpoint_id, OUTBOUND, by=self.admin, now=self.moment
            )
        assert taken is not None
        return taken


@pytest.fixture
def post(sessions: sessionmaker[Session], now: datetime) -> Iterator[Post]:
    with receiving_hooks() as receiver:
        post = Post(sessions, now, receiver)
        with sessions.begin() as session:
            city = City.founded(session, now)
            post.admin = city.person("admin", administers=True)
            post.case_id = city.case(city.publish(library.text("program-proposal")), now)
            post.people, post.appointments = city.people, city.appointments
            post.endpoint_id = endpoints.enter(
                session, receiver.url, ALL, OUTBOUND, by=post.admin, now=now
            )
        yield post


def test_an_event_is_posted_once_and_says_what_happened_to_which_case(post: Post) -> None:
    post.carry()
    (started,) = post.receiver.posted
    assert json.loads(started.body) == {
        "type": "case.started",
        "timestamp": "2026-11-23T02:00:00.000Z",
        "data": {
            "case_id": post.case_id,
            "number": None,
            "event": 1,
            "step": "drafting",
            "outcome": None,
        },
    }
    post.act("operator.dinkes", "forward")
    post.carry()
    decided = json.loads(post.receiver.posted[1].body)
    assert (decided["type"], decided["data"]["step"]) == ("case.decided", "verifying")
    (first, second) = post.log()
    assert (first.state, first.status, first.attempts) == (State.DELIVERED, 204, 1)
    assert [first.webhook_id, second.webhook_id] == post.receiver.ids


def test_what_piled_up_is_told_event_by_event(post: Post) -> None:
    post.act("operator.dinkes", "forward")
    post.carry()
    post.receiver.posted.clear()
    post.moment += timedelta(days=30)
    sweep.run(post.sessions, post.moment)
    post.moment += timedelta(minutes=10)
    post.carry()
    with post.sessions() as session:
        fired = (
            select(func.count()).select_from(Event).where(Event.kind.in_(("reminded", "escalated")))
        )
        count = session.scalar(fired)
    told = [json.loads(one.body)["type"] for one in post.receiver.posted]
    assert count
    assert len([kind for kind in told if kind in ("case.reminded", "case.escalated")]) == count


def test_what_waits_for_the_owner_is_not_told_and_nobody_is_named(post: Post) -> None:
    for username, action in (
        ("operator.dinkes", "forward"),
        ("secretary.dinkes", "initial"),
        ("head.dinkes", "submit"),
        ("clerk.bapperida", "accept"),
    ):
        post.act(username, action)
    checked = checklist("planning")
    post.act("reviewer.bapperida", "recommend", checklist=checked, comment="Rahasia")
    post.carry()
    assert len(post.receiver.posted) == 6
    bodies = [json.loads(one.body) for one in post.receiver.posted]
    last = max(bodies, key=lambda body: body["data"]["event"])
    with post.sessions() as session:
        case = session.get_one(Case, post.case_id)
        assert last["data"] == {
            "case_id": post.case_id,
            "number": last["data"]["number"],
            "event": case.journal_seq,
            "step": case.step,
            "outcome": None,
        }
    assert last["data"]["number"]
    everything = b"".join(one.body for one in post.receiver.posted).decode()
    for hidden in ("Ibu", "recommend", "planning", "dinkes", "Antrean", "Rahasia"):
        assert hidden not in everything


def test_only_chosen_kinds_are_posted_and_nothing_of_the_time_before(post: Post) -> None:
    post.does(
        lambda session: endpoints.change(
            session,
            post.endpoint_id,
            post.receiver.url,
            ["case.lapsed"],
            OUTBOUND,
            by=post.admin,
            now=post.moment,
        )
    )
    post.carry()
    assert post.receiver.posted == []


def test_two_that_announce_and_deliver_side_by_side_post_once(post: Post) -> None:
    post.act("operator.dinkes", "forward")
    with post.sessions() as session:
        announced = session.scalars(
            select(OutboxMessage.id).where(OutboxMessage.kind == "announce")
        ).all()
    together = threading.Barrier(2)

    def work() -> None:
        together.wait()
        for message_id in announced:
            post.delivery().deliver(message_id)
        together.wait()
        with post.sessions() as session:
            ids = session.scalars(
                select(OutboxMessage.id).where(OutboxMessage.kind == webhooks.WEBHOOK)
            ).all()
        together.wait()
        for message_id in ids:
            post.delivery().deliver(message_id)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(post.receiver.ids) == len(set(post.receiver.ids)) == 2


def test_an_event_announced_again_is_no_second_message(post: Post) -> None:
    for _ in range(2):
        post.does(lambda session: webhooks.announce(session, [(post.case_id, 1)], post.moment))
    post.carry()
    assert len(post.receiver.posted) == len(post.log()) == 1


@pytest.mark.parametrize("trouble", ["answers 500", "redirects", "hangs"])
def test_a_message_that_is_not_taken_comes_again_under_the_same_id(
    post: Post, trouble: str
) -> None:
    post.receiver.status = {"answers 500": 500, "redirects": 302, "hangs": 204}[trouble]
    post.receiver.is_hanging = trouble == "hangs"
    post.carry()
    (failed,) = post.log()
    assert (failed.state, failed.attempts) == (State.FAILED, 1)
    assert failed.status == {"answers 500": 500, "redirects": 302, "hangs": None}[trouble]
    post.carry()
    assert len(post.receiver.posted) == 1, "tried again before its pause had ended"
    post.receiver.status, post.receiver.is_hanging = 200, False
    post.moment += outbox.pause(1)
    post.carry()
    (taken,) = post.log()
    assert (taken.state, taken.attempts) == (State.DELIVERED, 2)
    first, second = post.receiver.posted
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


def test_a_message_is_parked_in_the_end_and_can_be_sent_again(post: Post) -> None:
    post.receiver.status = 500
    for _ in range(outbox.PARKED_AFTER + 2):
        post.carry()
        post.moment += outbox.LONGEST_PAUSE
    assert len(post.receiver.posted) == outbox.PARKED_AFTER
    (parked,) = post.log()
    with post.sessions() as session:
        query = select(OutboxMessage.dead_at).where(OutboxMessage.kind == webhooks.WEBHOOK)
        assert session.scalars(query).one() is not None
    post.receiver.status = 200
    post.does(
        lambda session: webhooks.send_again(session, post.endpoint_id, parked.id, post.moment)
    )
    post.carry()
    (sent,) = post.log()
    assert (sent.state, sent.attempts) == (State.DELIVERED, outbox.PARKED_AFTER + 1)
    assert len(set(post.receiver.ids)) == 1


def test_sending_again_changes_nothing_while_it_is_on_its_way(post: Post) -> None:
    post.carry()
    (sent,) = post.log()
    with post.sessions.begin() as session:
        assert webhooks.send_again(session, post.endpoint_id, sent.id, post.moment)
        assert not webhooks.send_again(session, post.endpoint_id, sent.id, post.moment)
        for endpoint_id, number in ((post.endpoint_id, 999_999), (999_999, sent.id)):
            with pytest.raises(NotFound):
                webhooks.send_again(session, endpoint_id, number, post.moment)
    post.carry()
    assert len(post.receiver.posted) == 2


def test_the_old_secret_signs_beside_the_new_for_a_day(post: Post) -> None:
    old = post.secret()
    post.does(
        lambda session: endpoints.rotate(session, post.endpoint_id, by=post.admin, now=post.moment)
    )
    new = post.secret()
    assert new != old
    post.carry()
    assert signed_by(post, 0, new) == [True, False]
    assert signed_by(post, 0, old) == [False, True]
    post.moment += timedelta(hours=24)
    post.does(lambda session: webhooks.send_test(session, post.endpoint_id, post.moment))
    post.carry()
    assert signed_by(post, 1, new) == [True]


def test_rotating_twice_by_mistake_keeps_the_secret_that_is_in_use(post: Post) -> None:
    used = post.secret()
    for _ in range(2):
        post.does(
            lambda session: endpoints.rotate(
                session, post.endpoint_id, by=post.admin, now=post.moment
            )
        )
    post.carry()
    assert signed_by(post, 0, used) == [False, True]


def test_a_secret_is_shown_once_and_a_copy_of_the_database_does_not_hold_it(post: Post) -> None:
    secret = post.secret()
    with post.sessions.begin() as session:
        again = endpoints.take_secret(
            session, post.endpoint_id, OUTBOUND, by=post.admin, now=post.moment
        )
        assert again is None
        endpoint = endpoints.endpoint(session, post.endpoint_id)
        stored = " ".join(str(value) for value in vars(endpoint).values())
    assert secret.removeprefix("whsec_") not in stored
    post.carry()
    assert signed_by(post, 0, secret) == [True]


def test_a_switched_off_endpoint_gets_only_tests(post: Post) -> None:
    post.act("operator.dinkes", "forward")
    with post.sessions.begin() as session:
        webhooks.announce(session, [(post.case_id, 1)], post.moment)
        endpoints.switch(session, post.endpoint_id, on=False, by=post.admin, now=post.moment)
        webhooks.send_test(session, post.endpoint_id, post.moment)
    post.carry()
    assert [json.loads(one.body)["type"] for one in post.receiver.posted] == ["test"]
    waited, test = post.log()
    assert (waited.state, test.state) == (State.LEFT_OUT, State.DELIVERED)
    assert (waited.attempts, len(post.log())) == (0, 2)


def test_an_endpoint_that_fails_for_days_is_switched_off_and_administrators_are_told(
    post: Post,
) -> None:
    post.receiver.status = 500
    post.carry()
    post.moment += outcomes.PATIENCE - timedelta(seconds=1)
    post.carry()
    assert post.endpoint().is_active
    post.moment += timedelta(days=1)
    post.carry()
    assert not post.endpoint().is_active
    with post.sessions() as session:
        told = session.scalars(
            select(Notification).where(Notification.kind == outcomes.WEBHOOK_OFF)
        ).one()
        assert told.person_id == post.admin
        assert told.values["url"] == post.receiver.url
        (newest, *_) = setting_changes.history(session, endpoints.subject(post.endpoint_id))
        assert (newest.kind, newest.name) == (endpoints.SWITCHED_OFF, None)


def test_one_success_makes_the_patience_new(post: Post) -> None:
    post.receiver.status = 500
    post.carry()
    post.moment += timedelta(days=2)
    post.receiver.status = 200
    post.carry()
    assert post.endpoint().failing_since is None
    post.receiver.status = 500
    post.act("operator.dinkes", "forward")
    post.moment += timedelta(days=2)
    post.carry()
    assert post.endpoint().is_active


def test_a_receiver_that_is_gone_for_good_is_switched_off_at_once(post: Post) -> None:
    post.receiver.status = 410
    post.carry()
    assert not post.endpoint().is_active
    post.moment += outbox.LONGEST_PAUSE
    post.carry()
    assert len(post.receiver.posted) == 1


def test_the_log_forgets_after_a_month(post: Post) -> None:
    post.carry()
    post.does(lambda session: webhooks.purge(session, post.moment + webhooks.KEPT_FOR))
    assert len(post.log()) == 1
    later = post.moment + webhooks.KEPT_FOR + timedelta(seconds=1)
    post.does(lambda session: webhooks.purge(session, later))
    assert post.log() == []


def test_everything_wrong_is_told_at_once_and_every_change_is_kept(post: Post) -> None:
    strict = replace(OUTBOUND, https_only=True)
    with post.sessions.begin() as session:
        with pytest.raises(Invalid) as caught:
            endpoints.enter(session, "http://x.example", [], strict, by=post.admin, now=post.moment)
        assert [problem.code for problem in caught.value.problems] == ["not_https", "required"]
        with pytest.raises(Invalid, match="unknown_choice"):
            endpoints.enter(
                session, "https://x.example", ["no"], strict, by=post.admin, now=post.moment
            )
        endpoints.switch(session, post.endpoint_id, on=True, by=post.admin, now=post.moment)
        endpoints.switch(session, post.endpoint_id, on=False, by=post.admin, now=post.moment)
        history = setting_changes.history(session, endpoints.subject(post.endpoint_id))
    assert [(one.kind, one.name) for one in history] == [
        (endpoints.SWITCHED_OFF, "Ibu admin"),
        (endpoints.ENTERED, "Ibu admin"),
    ]


def signed_by(post: Post, number: int, secret: str) -> list[bool]:
    """For each signature of a request whether this secret made it, as a receiver would check."""
    got = post.receiver.posted[number]
    said = got.headers
    signed = f"{said['webhook-id']}.{said['webhook-timestamp']}.".encode() + got.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mine = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return [one == f"v1,{mine}" for one in said["webhook-signature"].split(" ")]
