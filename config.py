"""What the operator decides: one frozen object, read once from the environment.

Knows no other part of Alur and never looks at the environment twice.
"""

import ipaddress
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
"""Indonesia's: WIB, WITA and WIT."""
DATABASE_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
BROKER_SCHEMES = ("redis", "rediss", "amqp", "amqps")
MAIL_SCHEMES = ("smtp", "smtps")
SHORTEST_SECRET = 32

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
T = TypeVar("T")

DURATION = re.compile(
    r"P(?=.)(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)


class ConfigurationError(Exception):
    """The environment cannot be used; `problems` says in one sentence each what to change."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Environment(StrEnum):
    """What this installation is for."""

    DEMO = "demo"
    TEST = "test"
    PRODUCTION = "production"


@dataclass(frozen=True)
class Settings:
    """Everything that may differ between two installations of Alur.

    `database_url` is None when the embedded server is meant, `broker_url` when the worker runs
    inside the serving process, `mail_url` when mails are kept in the data folder. Webhooks reach no
    private network but `webhook_networks`.
    """

    environment: Environment
    port: int
    data_dir: Path
    database_url: str | None
    broker_url: str | None
    mail_url: str | None
    secret_key: str
    base_url: str
    timezone: str
    clock_shift: timedelta
    webhook_networks: tuple[Network, ...] = ()

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings from `environ` (by default the process's own environment).

        Raises ConfigurationError with every problem at once.
        """
        return _Reading(os.environ if environ is None else environ).settings()

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which people see times."""
        return ZoneInfo(self.timezone)

    @property
    def sends_mail(self) -> bool:
        """Whether mails leave, and are not only kept."""
        return self.mail_url is not None

    @property
    def is_production(self) -> bool:
        """Whether real cases are decided here."""
        return self.environment is Environment.PRODUCTION

    def now(self) -> datetime:
        """The present instant, moved by the clock shift; its date is the city's day."""
        return (datetime.now(UTC) + self.clock_shift).astimezone(self.zone)


def parse_duration(text: str) -> timedelta:
    """Read an ISO 8601 duration of days and time, such as `P2DT3H`.

    Raises ValueError for anything else, years and months included.
    """
    match = DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"not a duration of days, hours, minutes and seconds: {text!r}")
    try:
        return timedelta(**{unit: int(amount or 0) for unit, amount in match.groupdict().items()})
    except OverflowError:
        raise ValueError(f"longer than any calendar: {text!r}") from None


class _Reading:
    """One pass over an environment, collecting the problems on the way."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def settings(self) -> Settings:
        environment = self.environment()
        port = self.port()
        data_dir = Path(self.text("DATA_DIR") or Path(__file__).resolve().parent / "data")
        values = {
            "database_url": self.url("DATABASE_URL", DATABASE_SCHEMES),
            "broker_url": self.url("BROKER_URL", BROKER_SCHEMES),
            "mail_url": self.url("MAIL_URL", MAIL_SCHEMES),
        }
        base_url = self.url("BASE_URL", ("http", "https")) or f"http://127.0.0.1:{port}"
        timezone = self.timezone()
        clock_shift = self.clock_shift()
        webhook_networks = self.webhook_networks()
        if environment is Environment.PRODUCTION:
            self.refuse_unsafe_production()
        secret_key = "" if self.problems else self.secret_key(environment, data_dir)
        if self.problems:
            raise ConfigurationError(*self.problems)
        return Settings(
            environment=environment,
            port=port,
            data_dir=data_dir.absolute(),
            secret_key=secret_key,
            base_url=base_url.rstrip("/"),
            timezone=timezone,
            clock_shift=clock_shift,
            webhook_networks=webhook_networks,
            **values,
        )

    def text(self, name: str) -> str | None:
        return self.environ.get(name, "").strip() or None

    def read(self, name: str, default: T, convert: Callable[[str], T], problem: str) -> T:
        text = self.text(name)
        if text is None:
            return default
        try:
            return convert(text)
        except ValueError:
            self.problems.append(f"{name} {problem}, not {text!r}.")
            return default

    def environment(self) -> Environment:
        choices = ", ".join(Environment)
        return self.read("ALUR_ENV", Environment.DEMO, Environment, f"is one of {choices}")

    def port(self) -> int:
        return self.read("PORT", 8000, _port, "is a number from 1 to 65535")

    def timezone(self) -> str:
        return self.read("TIMEZONE", "Asia/Jakarta", _zone, f"is one of {', '.join(ZONES)}")

    def clock_shift(self) -> timedelta:
        problem = "is an ISO 8601 duration of days and time, such as P2DT3H"
        return self.read("CLOCK_SHIFT", timedelta(), parse_duration, problem)

    def webhook_networks(self) -> tuple[Network, ...]:
        problem = "is a list of networks such as 10.20.0.0/16,10.30.4.7/32"
        return self.read("WEBHOOK_NETWORKS", (), _networks, problem)

    def url(self, name: str, schemes: tuple[str, ...]) -> str | None:
        text = self.text(name)
        if text is not None and _scheme(text) not in schemes:
            # The address may hold a password, so it is not repeated.
            self.problems.append(f"{name} is an address that begins with {_listed(schemes)}.")
        return text

    def refuse_unsafe_production(self) -> None:
        for name, reason in (
            ("SECRET_KEY", "signs the sessions"),
            ("DATABASE_URL", "names the city's PostgreSQL server"),
            ("BASE_URL", "is the address that mails point to"),
        ):
            if self.text(name) is None:
                self.problems.append(f"{name} is needed in production: it {reason}.")
        base_url = self.text("BASE_URL")
        if base_url is not None and _scheme(base_url) == "http":
            self.problems.append("BASE_URL begins with https:// in production.")
        secret_key = self.text("SECRET_KEY")
        if secret_key is not None and len(secret_key) < SHORTEST_SECRET:
            self.problems.append(f"SECRET_KEY has at least {SHORTEST_SECRET} characters.")
        if self.text("CLOCK_SHIFT") is not None:
            self.problems.append("CLOCK_SHIFT is for trials only: production keeps the real time.")

    def secret_key(self, environment: Environment, data_dir: Path) -> str:
        given = self.text("SECRET_KEY")
        if given is not None:
            return given
        if environment is Environment.TEST:
            return secrets.token_hex(SHORTEST_SECRET)
        try:
            return _kept_secret(data_dir)
        except OSError as error:
            self.problems.append(f"The data folder {data_dir} cannot be used: {error.strerror}.")
            return ""


def _scheme(url: str) -> str | None:
    scheme, mark, rest = url.partition("://")
    return scheme.lower() if mark and rest else None


def _listed(schemes: tuple[str, ...]) -> str:
    return " or ".join(f"{scheme}://" for scheme in schemes)


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        raise ValueError(text)
    return port


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(","))


def _zone(text: str) -> str:
    if text not in ZONES:
        raise ValueError(text)
    return text


def _kept_secret(data_dir: Path) -> str:
    """The demo's key: made once, readable by its owner alone."""
    path = data_dir / "secret_key"
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        draft = data_dir / f"secret_key.{secrets.token_hex(4)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(SHORTEST_SECRET))
        try:
            os.link(draft, path)  # of two processes that start at once, the first one's key stays
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text(encoding="ascii")
