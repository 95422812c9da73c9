"""Lines of the bell as mails: the words, the link that only shows, who and which thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, tzinfo
from types import MappingProxyType

from workflow import journal, messages
from workflow.messages import Words, own
from workflow.models import Notification, Person
from workflow.notifications import Told
from workflow.notifications.mail import Mail

DIGEST = "digest"
_PASSWORD = "fixed/password_link"  # noqa: S105 - a kind of mail
_ADDRESS = "fixed/address_changed"
"""Both are among the texts that a city does not alter."""


class Letters:
    """Writes mails for an installation at `base_url`, in times of the city's zone.

    `own_texts` are the city's own by kind and language. One that cannot be filled is `broken`, with
    the reason, and the shipped text takes its place.
    """

    def __init__(
        self,
        base_url: str,
        zone: tzinfo | None,
        own_texts: Mapping[tuple[str, str], Words] = MappingProxyType({}),
    ) -> None:
        self.broken: dict[tuple[str, str], str] = {}
        self._base_url = base_url
        self._zone = zone
        self.own_texts = own_texts
        self._host = base_url.partition("://")[2].partition("/")[0].partition(":")[0]

    def of_line(self, line: Notification, told: Told, person: Person) -> Mail:
        """The mail of one line, with the words' values as they are now."""
        link = self._link(told)
        words = self._words(told.kind, person.language, told.values, link)
        thread = "catch-up" if told.case_id is None else f"case-{told.case_id}"
        return self._mail(person, fingerprint(line), thread, words, (link,))

    def of_digest(self, person: Person, day: date, told: Sequence[Told]) -> Mail:
        """One mail for all that waited; the same day's has always the same Message-ID."""
        language = person.language
        matters = [
            {
                "line": messages.subject(one.kind, language, one.values, zone=self._zone),
                "link": self._link(one),
            }
            for one in told
        ]
        link = f"{self._base_url}/notifications/"
        words = self._words(DIGEST, language, {"matters": matters}, link)
        links = (link, *dict.fromkeys(matter["link"] for matter in matters))
        name = journal.digest_of([DIGEST, person.id, day.isoformat()])[:32]
        return self._mail(person, name, f"{DIGEST}-{person.id}", words, links)

    def of_password_link(self, person: Person, token: str) -> Mail:
        """The mail with which a link for a password goes to its person."""
        link = f"{self._base_url}/password/{person.id}/{token}"
        until = person.password_link_until
        assert until is not None, "a link has an end"
        values = {"username": person.username, "until": until.isoformat()}
        words = messages.write(_PASSWORD, person.language, values, zone=self._zone, link=link)
        name = journal.digest_of([_PASSWORD, person.id, person.password_link_salt])[:32]
        return self._mail(person, name, name, words, (link,))

    def of_address_change(self, person: Person, former: str, at: datetime) -> Mail:
        """The mail that tells a former address of a person that it is one, without any link."""
        values = {"username": person.username, "at": at.isoformat()}
        words = messages.write(_ADDRESS, person.language, values, zone=self._zone, link="")
        name = journal.digest_of([_ADDRESS, person.id, at.isoformat()])[:32]
        return replace(self._mail(person, name, name, words, ()), recipient=former)

    def _words(self, kind: str, language: str, values: Mapping[str, object], link: str) -> Words:
        own_words = self.own_texts.get((kind, language))
        if own_words is not None:
            try:
                return own.fill(own_words, language, values, zone=self._zone, link=link)
            except own.Broken as error:
                self.broken[kind, language] = str(error)
        return messages.write(kind, language, values, zone=self._zone, link=link)

    def _mail(
        self,
        person: Person,
        name: str,
        thread: str,
        words: Words,
        links: tuple[str, ...],
    ) -> Mail:
        return Mail(
            message_id=f"<{name}@{self._host}>",
            thread=f"<{thread}@{self._host}>",
            recipient=person.email,
            language=person.language,
            subject=words.subject,
            text=f"{words.subject}\n\n{words.text}",
            links=links,
            has_bounced=person.is_bouncing,
        )

    def _link(self, told: Told) -> str:
        place = _PLACES.get(told.kind, "queue/")
        return f"{self._base_url}/{place if told.case_id is None else f'cases/{told.case_id}'}"


def fingerprint(line: Notification) -> str:
    """What makes this mail this mail: who is told what. The same after a restored backup, where
    rows may have other numbers, so that a reader's program knows what it has received already.
    """
    told = [line.person_id, line.kind, line.key, line.values]
    return journal.digest_of(told)[:32]


_PLACES = {
    "administrator_made": "admin/users/",
    "appointed": "appointments/",
    "queue_grown": "admin/outbox",
    "webhook_off": "admin/webhooks/",
    "year_unconfirmed": "admin/calendar",
}
"""Where a matter of no case is looked at, if not in the queue."""
