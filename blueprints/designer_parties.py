"""The designer's forms for parties: posts, bodies outside, and who has to be different people."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from blueprints.designer_boxes import Box, Options, Row, Typed, Values, fresh, slug
from blueprints.designer_reviews import key_of, place_of
from blueprints.designer_steps import parties, written_document
from blueprints.designer_words import Beside
from blueprints.labels import label
from states.definition import Definition, Party, Place
from states.document import Plain
from states.edit_whole import SetEntry, SetWhole
from states.edits import Edit
from workflow.errors import NotFound


class PartyForm:
    """Which post a party is, and which one stands in for it; or who writes for a body outside."""

    step = ""

    def __init__(self, definition: Definition, places: Options, name: str) -> None:
        if name and name not in definition.parties:
            raise NotFound(f"party {name}")
        known = self._party = definition.parties.get(name, Party(name))
        self._definition, self._name = definition, name
        self._external = Beside("external", known.external)
        self.title = label("party", name) if name else _("Add a party")
        self.lead = _("A party is a post, never a person. Every step it acts at follows.")
        self.button = _("Save and check")
        own = [place for place in (known.place, known.instead) if place]
        named = [(key_of(place), spoken_place(place)) for place in own]
        self._places = [*places, *((k, w) for k, w in named if k not in dict(places))]
        self._inside = [
            (one.name, label("party", one.name))
            for one in definition.parties.values()
            if one.external is None and one.name != name
        ]

    def rows(self) -> list[Row]:
        """The boxes."""
        help_ = _("Who is asked when the proposal comes from that very agency")
        place = Box("place", _("Position"), "select", self._places, _("choose"))
        instead = Box("instead", _("Instead"), "select", self._places, _("nobody"), help_)
        help_ = _("Such as a ministry, which answers by letter. It has no post here.")
        body = self._external.boxes(_("Its name"), help_)
        help_ = _("Who records the letters that go out and come in")
        via = Box("via", _("Who writes for it"), "select", self._inside, _("choose"), help_)
        outside = Row((*body, via), _("A body outside"), spare=self._party.external is None)
        named = Row((Box("name", _("Name"), help=_("A few words; empty: after the post")),))
        return [Row((place,)), Row((instead,)), outside, *([] if self._name else [named])]

    def values(self) -> Values:
        """What the text says now."""
        place, instead = self._party.place, self._party.instead
        return {
            "place": [key_of(place) if place else ""],
            "instead": [key_of(instead) if instead else ""],
            **self._external.values(),
            "via": [self._party.via or ""],
            "name": [""],
        }

    def edit(self, typed: Typed) -> Edit:
        """What has to be said of the party."""
        outside = typed.one("external")
        place = None
        if outside or typed.one("via"):
            self._only_outside(typed)
        else:
            place = place_of(typed.chosen("place", self._places))
        instead = typed.chosen("instead", [("", ""), *self._places])
        said: dict[str, Plain | None] = {
            "agency": place.agency if place else None,
            "post": place.post if place else None,
            "instead": _written(place_of(instead)) if instead else None,
            "external": self._external.typed(typed),
            "via": typed.one("via") or None,
        }
        return SetEntry("parties", self._name or self._new_name(typed, place), said)

    def _new_name(self, typed: Typed, place: Place | None) -> str:
        post = f"{place.agency}_{place.post}" if place is not None else ""
        own = slug(typed.one("name")) or slug(typed.one("external") or post)
        return fresh(own, self._definition.parties)

    def _only_outside(self, typed: Typed) -> None:
        typed.chosen("via", self._inside)
        if not typed.one("external") and not typed.one("external_en"):
            typed.wrong("external", "required")
        for name in ("place", "instead"):
            if typed.one(name):
                typed.wrong(name, "inside_or_outside")


class ApartForm:
    """Which parties have to be different people in one case."""

    step = ""

    def __init__(self, definition: Definition) -> None:
        written = written_document(definition).get("apart", [])
        self._pairs: list[list[str]] = [] if written == "all" else [*written]
        self._kind = "all" if written == "all" else "pairs" if written else ""
        hats = [name for pair in self._pairs for name in pair if name not in definition.parties]
        self._hats = [*parties(definition), *((path, label("step", path)) for path in hats)]
        self._kinds = [
            ("", _("nobody has to be")),
            ("all", _("all of them")),
            ("pairs", _("these pairs")),
        ]
        self.title = _("Who has to be different people")
        self.lead = _("One person can hold several posts. In a case they act in one of them only.")
        self.button = _("Save and check")

    def rows(self) -> list[Row]:
        """The boxes."""
        found = [Row((Box("apart", _("Different people"), "select", self._kinds),))]
        for number, pair in enumerate([*self._pairs, []]):
            one = Box(f"pair.{number}.0", _("One"), "select", self._hats, "–")
            other = Box(f"pair.{number}.1", _("The other"), "select", self._hats, "–")
            found.append(Row((one, other), _("A pair"), spare=not pair))
        return found

    def values(self) -> Values:
        """What the text says now."""
        values: Values = {"apart": [self._kind]}
        for number, pair in enumerate([*self._pairs, ["", ""]]):
            values |= {f"pair.{number}.{side}": [name] for side, name in enumerate(pair)}
        return values

    def edit(self, typed: Typed) -> Edit:
        """What has to be said of them; a pair that is emptied goes."""
        kind = typed.chosen("apart", self._kinds)
        pairs: list[Plain] = []
        for number in range(len(self._pairs) + 1):
            names = [f"pair.{number}.{side}" for side in (0, 1)]
            if any(typed.one(name) for name in names):
                pairs.append([typed.chosen(name, self._hats) for name in names])
        if kind == "pairs" and not pairs:
            typed.wrong("pair.0.0", "required")
        elif kind != "pairs" and pairs and self._kind != "pairs":
            typed.wrong("apart", "required")
        said: Mapping[str, Plain | None] = {"pairs": pairs, "all": "all"}
        return SetWhole({"apart": said.get(kind)})


def _written(place: Place) -> Plain:
    return {"agency": place.agency, "post": place.post}


def spoken_place(place: Place) -> str:
    """A post of a function, to choose from."""
    return f"{label('function', place.agency)}: {label('post', place.post)}"
