"""People who decide over the API while everything around them is killed, and never give up.

An answer that did not come is asked for again with the same key, as a careful client does: that
is one decision, or none that anybody was told of.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPException
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.orm import Session, sessionmaker

from workflow import accounts, cases, rehearsal
from workflow.models import Case, Person
from workflow.rehearsal.stand_ins import StandIn

SECONDS_TO_ANSWER = 10
SECONDS_BEFORE_ASKING_AGAIN = 0.2


@dataclass(frozen=True)
class Sent:
    """A decision that somebody asked for."""

    case_id: int
    person_id: int
    key: str
    body: dict[str, Any]


@dataclass
class Clients:
    """Several people at once. `told` are the decisions that somebody was told are made."""

    sessions: sessionmaker[Session]
    base_url: str
    clock: Callable[[], datetime]
    told: dict[tuple[int, str], int] = field(default_factory=dict)
    asked_again: int = 0
    refused: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._gives_up = threading.Event()
        self._tokens: dict[int, str] = {}
        with self.sessions.begin() as session:
            for person in session.scalars(select(Person)).all():
                token = accounts.create_token(session, person.username, self.clock())
                self._tokens[person.id] = token

    def decide(self, decisions: int, threads: int, seed: int) -> list[threading.Thread]:
        """Let so many people make so many decisions together; the threads that do it."""
        self._stop.clear()
        share = -(-decisions // threads)
        crew = [
            threading.Thread(target=self._decide_some, args=(share, f"{seed}.{number}"))
            for number in range(threads)
        ]
        for thread in crew:
            thread.start()
        return crew

    def stop(self, crew: list[threading.Thread]) -> None:
        """Let nobody begin anything new; what was asked for is asked for to its end."""
        self._stop.set()
        for thread in crew:
            thread.join()

    def give_up(self) -> None:
        """Leave open what was asked for: the run itself has failed, and nobody will answer."""
        self._stop.set()
        self._gives_up.set()

    def _decide_some(self, decisions: int, seed: str) -> None:
        random = Random(seed)
        number = 0
        while number < decisions and not self._stop.is_set():
            try:
                sent = self._choose(random, f"{seed}.{number}")
            except (DBAPIError, InvalidRequestError):
                time.sleep(SECONDS_BEFORE_ASKING_AGAIN)
                continue
            if sent is None:
                return
            self._insist(sent)
            number += 1

    def _choose(self, random: Random, key: str) -> Sent | None:
        """What somebody would like to decide on a case that is open; None when all have ended."""
        with self.sessions.begin() as session:
            going = select(Case.id).where(Case.outcome.is_(None)).order_by(Case.id)
            open_cases = session.scalars(going).all()
            for case_id in random.sample(open_cases, k=len(open_cases)):
                now = self.clock()
                case = cases.lock(session, case_id)
                stand_in = StandIn(session, random, now)
                if case.facts.get("complete") is not True:
                    stand_in.complete(case_id, now.year + 1)
                if chances := stand_in.chances(case_id):
                    chance = rehearsal.choose(random, chances, case.version)
                    offer = chance.offer
                    body = {
                        "action": offer.action,
                        "track": offer.track or "",
                        "version": case.version,
                        "appointment_id": offer.appointment_id,
                        "data": stand_in.words(case_id, offer),
                    }
                    return Sent(case_id, chance.person_id, key, body)
        return None

    def _insist(self, sent: Sent) -> None:
        """Ask until there is an answer that leaves nothing open."""
        while not self._gives_up.is_set():
            status, answer = self._ask(sent)
            if status == 200:
                with self._lock:
                    self.told[sent.case_id, sent.key] = answer["decision_id"]
                return
            if 400 <= status < 500 and status != 429:
                with self._lock:
                    self.refused += 1
                return
            with self._lock:
                self.asked_again += 1
            time.sleep(SECONDS_BEFORE_ASKING_AGAIN)

    def _ask(self, sent: Sent) -> tuple[int, dict[str, Any]]:
        """The status and the answer; 0 when nobody answered."""
        request = urllib.request.Request(
            f"{self.base_url}/api/v1/cases/{sent.case_id}/actions",
            data=json.dumps(sent.body).encode(),
            headers={
                "Authorization": f"Bearer {self._tokens[sent.person_id]}",
                "Content-Type": "application/json",
                "Idempotency-Key": sent.key,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS_TO_ANSWER) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, {}
        except (OSError, ValueError, HTTPException):
            return 0, {}
