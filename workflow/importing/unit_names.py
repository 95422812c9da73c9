"""Which agency an imported name means, however it is written, and which units may be founded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.city.founding import Charter, Name, Unit, found, standard_posts
from workflow.models import Agency, AgencyName
from workflow.organisation import nearest

LONGEST_CODE = 48
SHORT_NAME = 40


@dataclass(frozen=True, slots=True)
class UnitKind:
    """A kind of unit that an import may found: how it is told, and under whom it stands."""

    words: tuple[str, ...]
    parent: str
    week: str
    titles: Mapping[str, str]


class Directory:
    """All agencies by every name that they have or had, present names first."""

    def __init__(self, session: Session) -> None:
        """Read the names once; units founded through the directory are known to it at once."""
        self._session = session
        self._by_key: dict[str, tuple[int, str]] = {}
        self._codes = set(session.scalars(select(Agency.code)))
        rows = session.execute(
            select(AgencyName.agency_id, AgencyName.name, AgencyName.short_name, Agency.code)
            .join(Agency, Agency.id == AgencyName.agency_id)
            .order_by(AgencyName.valid_until.desc().nulls_first())
        )
        for agency_id, name, short_name, code in rows:
            for written in (name, short_name, code):
                self._by_key.setdefault(key(written), (agency_id, name))

    def find(self, written: str) -> int | None:
        """The number of the agency that is meant, if one is."""
        meant = self._by_key.get(key(written))
        return meant[0] if meant else None

    def nearest(self, written: str) -> str | None:
        """The name of the agency that is written most like this, if one is near enough."""
        found_key = nearest(self._by_key, key(written))
        return self._by_key[found_key][1] if found_key else None

    def found(self, written: str, charter: Charter) -> int | None:
        """Found the unit of that name with its posts; None when it is of no kind that may be."""
        kind = kind_of(written)
        if kind is None or kind.parent not in self._codes:
            return None
        unit = _unit(written, kind, self._free_code(written), charter)
        agency = found(self._session, [unit], charter)[unit.code]
        self._codes.add(unit.code)
        self._by_key[key(written)] = (agency.id, unit.names[0].name)
        return agency.id

    def _free_code(self, written: str) -> str:
        base = re.sub(r"[^a-z0-9]+", "-", key(written))[:LONGEST_CODE].strip("-")
        code, number = base, 2
        while code in self._codes:
            code, number = f"{base}-{number}", number + 1
        return code


def key(written: str) -> str:
    """A name without what people write differently: case, dots and dashes, UPTD, the parent."""
    folded = re.sub(r"[^\w]+", " ", written.casefold()).strip()
    folded = re.sub(r"^(uptd|upt) ", "", folded)
    return re.sub(r"^(sekretariat daerah|setda) (?=bagian )", "", folded)


def kind_of(written: str) -> UnitKind | None:
    """What kind of unit a name tells of, if it is one that an import may found."""
    words = f" {key(written)} "
    for kind in _kinds():
        if any(f" {word} " in words for word in kind.words):
            return kind
    return None


@cache
def _kinds() -> tuple[UnitKind, ...]:
    text = resources.files("workflow.city").joinpath("unit_kinds.yaml").read_text("utf-8")
    return tuple(
        UnitKind(tuple(row["words"]), row["parent"], row["week"], row["titles"])
        for row in yaml.safe_load(text)
    )


def _unit(written: str, kind: UnitKind, code: str, charter: Charter) -> Unit:
    name = " ".join(written.replace("UPTD.", "UPTD").split())
    plain = name.removeprefix("UPTD ")
    usernames = {
        "head": f"kepala.{code}",
        "secretary": f"sekretaris.{code}",
        "operator": f"operator.{code}",
    }
    return Unit(
        code=code,
        names=(Name(name, plain[:SHORT_NAME], charter.since),),
        posts=standard_posts(plain, usernames, kind.titles, "^head"),
        parent=kind.parent,
        week=kind.week,
    )
