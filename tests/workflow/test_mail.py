"""Mails as they go over the wire, counted by a real SMTP server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from email.errors import HeaderParseError

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.workflow.receiving import Box, read, receiving
from workflow.models import KeptMail
from workflow.notifications import mail
from workflow.notifications.mail import Mail, MailServer

MAIL = Mail(
    message_id="<outbox-7@alur.example>",
    thread="<case-3@alur.example>",
    recipient="kepala.dinkes@metro.example",
    language="id",
    subject="Keputusan: Antrean – daring (Dinas Kesehatan)",
    text=(
        'Keputusan: Antrean\n\nUsulan <b> & "Antrean".\n\n'
        "Lihat: https://alur.example/cases/3\nSurel ini otomatis.\n"
    ),
    links=("https://alur.example/cases/3",),
)


@pytest.fixture
def box() -> Iterator[Box]:
    with receiving() as box:
        yield box


def test_a_mail_says_who_sent_it_and_that_a_machine_did(box: Box, now: datetime) -> None:
    server = MailServer.from_url(f"smtp://127.0.0.1:{box.port}", "alur@alur.example")
    server.send(MAIL, now)
    (got,) = box.mails
    assert dict(got.items()) | {"MIME-Version": "", "Content-Type": ""} == {
        "Message-ID": "<outbox-7@alur.example>",
        "Date": "Mon, 23 Nov 2026 09:00:00 +0700",
        "From": "Alur <alur@alur.example>",
        "To": "kepala.dinkes@metro.example",
        "Subject": MAIL.subject,
        "In-Reply-To": "<case-3@alur.example>",
        "References": "<case-3@alur.example>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "id",
        "MIME-Version": "",
        "Content-Type": "",
    }
    plain, simple = got.iter_parts()
    assert plain.get_content().splitlines() == MAIL.text.splitlines()
    assert simple.get_content_type() == "text/html"
    assert "<h1>Keputusan: Antrean</h1>" in simple.get_content()
    assert "<p>Usulan &lt;b&gt; &amp; &#34;Antrean&#34;.</p>" in simple.get_content()
    link = '<a href="https://alur.example/cases/3">https://alur.example/cases/3</a><br>'
    assert link in simple.get_content()


def test_a_server_is_read_from_its_address() -> None:
    assert MailServer.from_url(
        "smtps://alur%40metro:p%40ss@mail.metro.example?from=no-reply@metro.example", "x@y"
    ) == MailServer(
        host="mail.metro.example",
        port=465,
        is_encrypted=True,
        username="alur@metro",
        password="p@ss",
        sender="no-reply@metro.example",
    )
    assert MailServer.from_url("smtp://mail", "x@y") == MailServer(
        "mail", 25, False, None, None, "x@y"
    )


def test_the_server_signs_in_where_it_must(box: Box, now: datetime) -> None:
    server = MailServer.from_url(f"smtp://al%20ur:p%40ss@127.0.0.1:{box.port}", "alur@alur.example")
    server.send(MAIL, now)
    assert len(box.mails) == 1
    wrong = MailServer.from_url(f"smtp://al%20ur:no@127.0.0.1:{box.port}", "alur@alur.example")
    with pytest.raises(OSError, match="Authentication"):
        wrong.send(MAIL, now)


def test_an_encrypted_connection_needs_an_encrypted_server(box: Box, now: datetime) -> None:
    server = MailServer.from_url(f"smtps://127.0.0.1:{box.port}", "alur@alur.example")
    with pytest.raises(OSError, match="SSL"):
        server.send(MAIL, now)


def test_a_mail_is_kept_once(session: Session, now: datetime) -> None:
    mail.keep(session, MAIL, now)
    mail.keep(session, MAIL, now)
    kept = session.scalars(select(KeptMail)).one()
    assert (kept.recipient, kept.subject, kept.body) == (MAIL.recipient, MAIL.subject, MAIL.text)


def test_a_typed_address_is_not_a_link_and_its_quotes_end_nothing(now: datetime) -> None:
    typed = 'Usulan: https://jahat.example/"onclick="x'
    told = replace(MAIL, text=f"{typed}\n\n{MAIL.text}")
    words = read(mail.compose(told, "alur@alur.example", now)).get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert words.count("<a ") == 1
    assert '<a href="https://alur.example/cases/3">' in words
    assert "https://jahat.example/&#34;onclick=&#34;x" in words


def test_a_long_title_stays_within_the_lines_that_mail_allows(now: datetime) -> None:
    title = "Diterima: “Antrean daring — puskesmas sekecamatan” dari Dinas Kesehatan " * 3
    told = mail.compose(replace(MAIL, subject=title), "alur@alur.example", now)
    assert max(map(len, told.splitlines())) <= 78
    assert b"\n" not in told.replace(b"\r\n", b"")
    assert " ".join(read(told)["Subject"].split()) == title.strip()


def test_a_line_break_in_a_header_is_no_mail(now: datetime) -> None:
    told = replace(MAIL, recipient="a@metro.example\nBcc: b@metro.example")
    with pytest.raises(HeaderParseError):
        mail.compose(told, "alur@alur.example", now)


def test_a_thread_keeps_its_connection_and_makes_another_when_the_server_hung_up(
    box: Box, now: datetime
) -> None:
    server = MailServer.from_url(f"smtp://127.0.0.1:{box.port}", "alur@alur.example")
    server.send(MAIL, now)
    server.send(MAIL, now)
    assert box.connections == 1
    box.hang_up()
    server.send(MAIL, now)
    assert (box.connections, len(box.mails)) == (2, 3)


def test_only_a_connection_that_rested_is_asked_for_life(
    box: Box, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = MailServer.from_url(f"smtp://127.0.0.1:{box.port}", "alur@alur.example")
    server.send(MAIL, now)
    server.send(MAIL, now)
    assert box.questions == 0
    monkeypatch.setattr(mail, "SECONDS_TO_TRUST", 0.0)
    server.send(MAIL, now)
    assert (box.questions, box.connections, len(box.mails)) == (1, 1, 3)


def test_a_connection_on_which_a_mail_failed_is_not_used_again(box: Box, now: datetime) -> None:
    server = MailServer.from_url(f"smtp://127.0.0.1:{box.port}", "alur@alur.example")
    box.refuses = True
    with pytest.raises(OSError, match="Try again later"):
        server.send(MAIL, now)
    box.refuses = False
    server.send(MAIL, now)
    assert (box.connections, len(box.mails)) == (2, 1)
