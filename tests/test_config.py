"""Settings: read once, all problems at once, and no unsafe production."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config import ConfigurationError, Environment, Settings, parse_duration

PRODUCTION = {
    "ALUR_ENV": "production",
    "SECRET_KEY": "k" * 32,
    "DATABASE_URL": "postgresql://alur@db/alur",
    "BASE_URL": "https://alur.metrokota.go.id/",
}


def problems(environ: dict[str, str]) -> tuple[str, ...]:
    """What is wrong with an environment."""
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_environment(environ)
    assert str(caught.value).splitlines() == list(caught.value.problems)
    return caught.value.problems


def test_an_empty_environment_is_a_demo_on_this_machine(tmp_path: Path) -> None:
    settings = Settings.from_environment({"DATA_DIR": str(tmp_path), "MAIL_URL": " "})
    assert settings.environment is Environment.DEMO
    assert (settings.port, settings.base_url) == (8000, "http://127.0.0.1:8000")
    assert (settings.database_url, settings.broker_url, settings.mail_url) == (None, None, None)
    assert settings.timezone == "Asia/Jakarta"
    assert not settings.is_production


def test_the_data_folder_lies_beside_the_program_unless_named() -> None:
    settings = Settings.from_environment({"ALUR_ENV": "test"})
    assert settings.data_dir == Path(__file__).resolve().parents[1] / "data"


def test_a_demo_keeps_one_secret_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    first = Settings.from_environment({"DATA_DIR": str(folder)})
    second = Settings.from_environment({"DATA_DIR": str(folder)})
    assert len(first.secret_key) == 64
    assert second.secret_key == first.secret_key
    assert [path.name for path in folder.iterdir()] == ["secret_key"]
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600


def test_of_two_first_starts_at_once_one_secret_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link_late(_source: Path, target: Path) -> None:
        target.write_text("the quicker one's")
        raise FileExistsError

    monkeypatch.setattr("os.link", link_late)
    assert Settings.from_environment({"DATA_DIR": str(tmp_path)}).secret_key == "the quicker one's"


def test_a_data_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data"
    assert problems({"DATA_DIR": str(folder)}) == (
        f"The data folder {folder} cannot be used: Not a directory.",
    )


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("ALUR_ENV", "staging", "ALUR_ENV is one of demo, test, production, not 'staging'."),
        ("PORT", "http", "PORT is a number from 1 to 65535, not 'http'."),
        ("PORT", "0", "PORT is a number from 1 to 65535, not '0'."),
        ("PORT", "65536", "PORT is a number from 1 to 65535, not '65536'."),
        (
            "TIMEZONE",
            "Europe/Berlin",
            "TIMEZONE is one of Asia/Jakarta, Asia/Makassar, Asia/Jayapura, not 'Europe/Berlin'.",
        ),
        (
            "CLOCK_SHIFT",
            "P1M",
            "CLOCK_SHIFT is an ISO 8601 duration of days and time, such as P2DT3H, not 'P1M'.",
        ),
        (
            "DATABASE_URL",
            "mysql://root:secret@db/alur",
            "DATABASE_URL is an address that begins with "
            "postgresql:// or postgres:// or postgresql+psycopg://.",
        ),
        (
            "BROKER_URL",
            "localhost:6379",
            "BROKER_URL is an address that begins with "
            "redis:// or rediss:// or amqp:// or amqps://.",
        ),
        ("MAIL_URL", "smtp://", "MAIL_URL is an address that begins with smtp:// or smtps://."),
        (
            "BASE_URL",
            "alur.metrokota.go.id",
            "BASE_URL is an address that begins with http:// or https://.",
        ),
    ],
)
def test_a_setting_that_cannot_be_read_is_named_with_what_it_may_be(
    tmp_path: Path, name: str, value: str, problem: str
) -> None:
    assert problems({"DATA_DIR": str(tmp_path), name: value}) == (problem,)


def test_all_problems_are_told_at_once() -> None:
    assert len(problems({"PORT": "x", "TIMEZONE": "x", "CLOCK_SHIFT": "x", "MAIL_URL": "x"})) == 4


def test_production_starts_with_its_secrets() -> None:
    settings = Settings.from_environment(PRODUCTION)
    assert settings.is_production
    assert settings.secret_key == PRODUCTION["SECRET_KEY"]
    assert settings.database_url == PRODUCTION["DATABASE_URL"]
    assert settings.base_url == "https://alur.metrokota.go.id"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is needed in production: it signs the sessions."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY has at least 32 characters."),
        (
            {"DATABASE_URL": ""},
            "DATABASE_URL is needed in production: it names the city's PostgreSQL server.",
        ),
        (
            {"BASE_URL": ""},
            "BASE_URL is needed in production: it is the address that mails point to.",
        ),
        ({"BASE_URL": "http://alur"}, "BASE_URL begins with https:// in production."),
        (
            {"CLOCK_SHIFT": "P1D"},
            "CLOCK_SHIFT is for trials only: production keeps the real time.",
        ),
    ],
)
def test_production_refuses_to_start_unsafely(change: dict[str, str], problem: str) -> None:
    assert problems(PRODUCTION | change) == (problem,)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("P2DT3H", timedelta(days=2, hours=3)),
        ("PT15M", timedelta(minutes=15)),
        ("PT1H2M3S", timedelta(hours=1, minutes=2, seconds=3)),
        ("P400D", timedelta(days=400)),
    ],
)
def test_a_duration_counts_days_and_time(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "P1Y", "P1W", "-P1D", "1D", "P9" + "9" * 12 + "D"]
)
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration of days|longer than any calendar"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("timezone", "hours"), [("Asia/Jakarta", 7), ("Asia/Makassar", 8), ("Asia/Jayapura", 9)]
)
def test_now_is_told_in_the_city_s_zone_and_shifted(timezone: str, hours: int) -> None:
    environ = {"ALUR_ENV": "test", "TIMEZONE": timezone, "CLOCK_SHIFT": "P3D"}
    settings = Settings.from_environment(environ)
    now = settings.now()
    assert now.utcoffset() == timedelta(hours=hours)
    assert timedelta(days=3) <= now - datetime.now(UTC) + timedelta(seconds=5)
    assert now - datetime.now(UTC) <= timedelta(days=3)


def test_private_networks_that_webhooks_may_reach_are_listed() -> None:
    environ = {"ALUR_ENV": "test", "WEBHOOK_NETWORKS": "10.20.0.0/16, fd00:1::/32"}
    networks = Settings.from_environment(environ).webhook_networks
    assert [str(network) for network in networks] == ["10.20.0.0/16", "fd00:1::/32"]
    assert problems({"ALUR_ENV": "test", "WEBHOOK_NETWORKS": "10.20.0.1/16"}) == (
        "WEBHOOK_NETWORKS is a list of networks such as 10.20.0.0/16,10.30.4.7/32, "
        "not '10.20.0.1/16'.",
    )
