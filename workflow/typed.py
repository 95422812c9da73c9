"""What somebody typed, read field by field, with all that is wrong with it. Knows no form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from workflow.errors import Invalid, Problem

LARGEST_ID = 2**31
"""No row has a larger number; what is larger was not chosen from a list."""
EARLIEST_YEAR, LATEST_YEAR = 1900, 2199
"""Between them lies every day that papers name, and room to count days from it either way."""
TRUE = frozenset({"yes", "true", "on", "1"})


class Typed:
    """The values of a form by the names of its fields, and the problems found so far."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        self._typed = typed
        self.problems: list[Problem] = []

    def wrong(self, name: str, code: str, **values: object) -> None:
        """Note a problem of a field."""
        self.problems.append(Problem(name, code, values))

    def raise_problems(self) -> None:
        """Raise Invalid with all problems, if there are any."""
        if self.problems:
            raise Invalid(*self.problems)

    def text(self, name: str, *, is_needed: bool = True, most: int | None = None) -> str:
        """What stands in a field, without the blanks around it."""
        words = " ".join(self._typed.get(name, "").split())
        if not words and is_needed:
            self.wrong(name, "required")
        elif most is not None and len(words) > most:
            self.wrong(name, "too_long", most=most)
        elif not words.isprintable():
            self.wrong(name, "control_character")
        return words

    def word(self, name: str, pattern: str, *, most: int) -> str:
        """A name in the plain letters of a pattern, such as a code."""
        words = self.text(name, most=most).lower()
        if words and not re.fullmatch(pattern, words, re.ASCII):
            self.wrong(name, "not_a_code")
        return words

    def number(self, name: str, *, is_needed: bool = True) -> int | None:
        """The number of something chosen."""
        words = self.text(name, is_needed=is_needed)
        if not words.isdecimal() or len(words) > len(str(LARGEST_ID)):
            if words:
                self.wrong(name, "unknown")
            return None
        return int(words)

    def day(self, name: str, *, is_needed: bool = True) -> date | None:
        """A day as browsers send it."""
        words = self.text(name, is_needed=is_needed)
        try:
            day = date.fromisoformat(words) if words else None
        except ValueError:
            self.wrong(name, "not_a_date")
            return None
        if day is not None and not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
            self.wrong(name, "out_of_range", least=EARLIEST_YEAR, most=LATEST_YEAR)
            return None
        return day

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self._typed.get(name, "") in TRUE
