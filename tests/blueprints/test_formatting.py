"""Money, days and due words read as an official writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask_babel import force_locale

from blueprints import formatting
from blueprints.edge import Alur
from states.definition import Duration

JAKARTA = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=JAKARTA)


@pytest.mark.parametrize(
    ("rupiah", "shown"),
    [
        (0, "Rp\xa00"),
        (999, "Rp\xa0999"),
        (1_234_567_890, "Rp\xa01.234.567.890"),
        (9_999_999_999_999, "Rp\xa09.999.999.999.999"),
        (-5_000, "-Rp\xa05.000"),
        (None, "–"),
    ],
)
def test_money_has_dots_and_no_cents(rupiah: int | None, shown: str) -> None:
    assert formatting.money(rupiah) == shown


def test_a_moment_is_told_in_the_citys_zone_and_names_it(app: Alur) -> None:
    with app.test_request_context():
        late_evening = datetime(2026, 11, 22, 18, 5, tzinfo=UTC)
        assert formatting.moment(late_evening, JAKARTA) == "23 November 2026 01.05 WIB"
        makassar = ZoneInfo("Asia/Makassar")
        assert formatting.moment(late_evening, makassar) == "23 November 2026 02.05 WITA"


def test_a_moment_near_midnight_belongs_to_the_day_of_the_city(app: Alur) -> None:
    with app.test_request_context():
        assert (
            formatting.short_day(datetime(2026, 8, 16, 17, 30, tzinfo=UTC), JAKARTA)
            == "17 Agu 2026"
        )


def test_days_are_told_in_the_readers_language(app: Alur) -> None:
    with app.test_request_context(), force_locale("id"):
        assert formatting.day(date(2026, 8, 17)) == "17 Agustus 2026"
    with app.test_request_context(), force_locale("en"):
        assert formatting.day(date(2026, 8, 17)) == "17 August 2026"


def test_what_is_not_known_is_a_dash(app: Alur) -> None:
    with app.test_request_context():
        assert formatting.day(None) == formatting.short_day(None) == "–"
        assert formatting.moment(None, JAKARTA) == formatting.number(None) == "–"


@pytest.mark.parametrize(
    ("due_in", "working_days", "text", "urgency"),
    [
        (timedelta(days=3), 3, "3 hari kerja lagi", "calm"),
        (timedelta(days=1), 1, "1 hari kerja lagi", "near"),
        (timedelta(days=2), 0, "1 hari kerja lagi", "near"),
        (timedelta(hours=7), 0, "hari ini", "today"),
        (timedelta(hours=-1), 0, "lewat sejak hari ini", "late"),
        (timedelta(days=-1), 1, "lewat 1 hari kerja", "late"),
        (timedelta(days=-9), 6, "lewat 6 hari kerja", "late"),
    ],
)
def test_a_deadline_is_a_word_with_an_urgency(
    app: Alur, due_in: timedelta, working_days: int, text: str, urgency: str
) -> None:
    with app.test_request_context():
        word = formatting.due_word(NOW + due_in, NOW, working_days, JAKARTA)
    assert (word.text, word.urgency.value) == (text, urgency)


def test_without_a_deadline_nothing_presses(app: Alur) -> None:
    with app.test_request_context():
        assert formatting.due_word(None, NOW, 0, JAKARTA).urgency is formatting.Urgency.NONE


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (Duration(2, "working_days"), "2 hari kerja"),
        (Duration(4, "working_hours"), "4 jam kerja"),
        (Duration(10, "days"), "10 hari"),
        (Duration(1, "hours"), "1 jam"),
        (Duration(12, "working_days", "period_end"), "12 hari kerja sesudah period end"),
    ],
)
def test_a_length_of_time_is_told_in_words(app: Alur, duration: Duration, text: str) -> None:
    with app.test_request_context():
        assert formatting.duration(duration) == text
