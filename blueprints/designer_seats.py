"""The designer's form for who decides at a step: one, several of a post, or one of each post."""

from __future__ import annotations

from flask_babel import gettext as _

from blueprints.designer_boxes import Box, Row, Typed, Values, amount_typed
from blueprints.designer_steps import WORKED, found_step, parties, written_document
from blueprints.labels import label
from states.definition import Definition
from states.document import Plain
from states.edit_seats import SetSeats, pickers
from states.edits import Document, Edit, step_of
from states.reading_steps import MOST_SEATS
from workflow.errors import NotFound


class SeatsForm:
    """One who is asked, or several who vote."""

    def __init__(self, definition: Definition, path: str) -> None:
        step = self._step = found_step(definition, path)
        if step.kind not in WORKED:
            raise NotFound(f"seats of {path}")
        document = written_document(definition)
        self._own: Document = step_of(document, path).get("seats", {})
        self._picker = next(pickers(document, path), "")
        inside = [n for n in definition.parties if definition.parties[n].external is None]
        self._parties = [one for one in parties(definition) if one[0] in (*inside, step.party)]
        prefix = path.rpartition(".")[0]
        self._pickers = [
            (f"{at}.{one.name}", f"{_where(at)}: {label('action', one.name)}")
            for at, one in definition.every_action()
            if at.rpartition(".")[0] == prefix and at != path
        ]
        self._kinds = [
            ("one", _("one is asked")),
            ("party", _("several of one post vote")),
            ("each", _("one of each of several posts votes")),
        ]
        self._counts = [
            ("number", _("this many:")),
            ("picked", _("those whom an action chooses")),
            ("holders", _("all who hold the post")),
        ]
        self.step, self.title = path, _("Who decides here")
        self.lead = label("step", path)
        self.button = _("Save and check")

    def rows(self) -> list[Row]:
        """The boxes."""
        help_ = _(
            "When several vote, one who rejects, stops or returns is enough at first; what the "
            "votes lead to together can be changed afterwards."
        )
        kind = Box("kind", _("Who decides"), "select", self._kinds, help=help_)
        party = Box("party", _("Who"), "select", self._parties, _("choose"))
        count = Box("count", _("How many"), "select", self._counts)
        amount = Box("amount", _("Number"), width="short", inputmode="numeric")
        most = Box("most", _("At most"), width="short", inputmode="numeric")
        chooses = Box("picker", _("Chosen by"), "select", self._pickers, _("choose"))
        each = Box("each", _("One of each of these"), "checks", self._parties)
        several = Row((count, amount, most, chooses), _("If several of one post vote"))
        return [Row((kind,)), Row((party,)), several, Row((each,), _("If one of each post votes"))]

    def values(self) -> Values:
        """What the text says now."""
        seats = self._step.seats
        count = self._own.get("count", 1)
        written = str(count) if isinstance(count, int) and self._own.get("party") else ""
        return {
            "kind": ["one" if seats is None else "party" if seats.party else "each"],
            "party": [self._step.party or (seats.party or "" if seats else "")],
            "count": [count if isinstance(count, str) else "number"],
            "amount": [written],
            "most": [str(self._own.get("most", ""))],
            "picker": [self._picker],
            "each": list(seats.each) if seats else [],
        }

    def edit(self, typed: Typed) -> Edit:
        """Who has to sit there."""
        kind = typed.chosen("kind", self._kinds)
        if kind == "each":
            each = list(typed.many("each"))
            if not each:
                typed.wrong("each", "required")
            return SetSeats(self.step, {"party": None, "each": each, "count": 1, "most": None})
        party = typed.chosen("party", self._parties)
        if kind != "party":
            return SetSeats(self.step, None, party)
        count, most = self._many(typed)
        picker = typed.chosen("picker", self._pickers) if count == "picked" else ""
        seats: dict[str, Plain | None] = {"party": party, "each": None, "count": count}
        return SetSeats(self.step, {**seats, "most": most}, picker=picker)

    def _many(self, typed: Typed) -> tuple[Plain, Plain | None]:
        """How many seats there are, and how many at most."""
        count = typed.chosen("count", self._counts)
        if count != "number":
            return count, amount_typed("most", typed, MOST_SEATS)
        amount = amount_typed("amount", typed, MOST_SEATS)
        if not typed.one("amount"):
            typed.wrong("amount", "required")
        return amount or 1, None


def _where(path: str) -> str:
    return label("step", path) if path else _("At any time")
