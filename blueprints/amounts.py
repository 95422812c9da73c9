"""Reading the amounts that people type: rupiah with dots, figures with a decimal comma."""

from __future__ import annotations

import re
from decimal import Decimal

RUPIAH = re.compile(r"(?:Rp\.?\s*)?(\d{1,3}(?:\.\d{3})+|\d+)(?:,0{1,2}|,-)?", re.IGNORECASE)
GROUPED = re.compile(r"-?\d{1,3}(?:\.\d{3})+(?:,\d+)?")
FIGURE = re.compile(r"-?\d+(?:[.,]\d+)?")


def read_rupiah(text: str) -> int:
    """Whole rupiah: `1.500.000`, `Rp 1.500.000` or `1500000`. Raises ValueError otherwise."""
    match = RUPIAH.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    return int(match[1].replace(".", ""))


def write_rupiah(amount: int) -> str:
    """The amount as it is typed: `1.500.000`."""
    return f"{amount:,}".replace(",", ".")


def read_figure(text: str) -> str:
    """A figure as a plain decimal text: `1.250` is 1250, `12,5` and `12.5` are 12.5.

    Raises ValueError otherwise.
    """
    typed = text.strip()
    if GROUPED.fullmatch(typed):
        return str(Decimal(typed.replace(".", "").replace(",", ".")))
    if FIGURE.fullmatch(typed):
        return str(Decimal(typed.replace(",", ".")))
    raise ValueError(text)


def write_figure(figure: str) -> str:
    """A plain decimal text as it is read here: `1250.5` is `1.250,5`."""
    whole, point, fraction = figure.partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    if not digits.isdecimal():
        return figure
    return f"{sign}{write_rupiah(int(digits))}{',' if point else ''}{fraction}"
