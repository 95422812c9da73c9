"""Edits of a definition's text by what they mean: a deadline, a way, an action, a step, a party.

Each edit changes the values of the document; the text around them stays. What comes out may be
unsound or, where names no longer lead anywhere, unreadable: whoever asks reads it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from states.definition import Definition
from states.document import Plain, parse, plain, write
from states.problems import DefinitionError
from states.reading import read
from states.reading_wording import named
from states.rewriting import rewrite
from states.wording import SECTIONS

Document = dict[str, Any]
"""The values of a text, to be changed in place."""
STEP_KEYS = (
    "party",
    "seats",
    "within",
    "edits",
    "checklist",
    "form",
    "pauses",
    "on_lapse",
    "owner_sees",
    "hidden_from",
    "verdicts",
    "actions",
    "tally",
)
ACTION_KEYS = (
    "by",
    "to",
    "verdict",
    "letter",
    "extends",
    "times",
    "closes",
    "when",
    "needs",
    "means",
    "class",
    "sets",
    "picks",
    "snapshot",
    "unless",
    "only",
)
RULE_KEYS = ("outcome", "when", "early", "to", "verdict")
SEAT_KEYS = ("party", "each", "count", "most")
AGAIN_KEYS = ("keep", "after", "unless_changed")
TRACK_KEYS = ("when", "initial", "steps")
ENTRY_KEYS = {
    "parties": ("agency", "post", "instead", "external", "via"),
    "clocks": ("limit", "starts", "runs", "basis"),
    "verbs": ("means", "needs", "class"),
}
WHOLE_KEYS = (
    "facts",
    "parties",
    "apart",
    "clocks",
    "verbs",
    "anywhere",
    "steps",
    "reminders",
    "escalate",
)
"""In what order things are said."""


class Edit(Protocol):
    """One thing that is changed."""

    def apply(self, document: Document, definition: Definition) -> None:
        """Change the document, which reads as the definition. Raises Misfit."""


class Misfit(Exception):
    """An edit that cannot be made here; `code` says why, `field` where it was asked for."""

    def __init__(self, field: str, code: str, **values: object) -> None:
        super().__init__(f"{field}: {code}")
        self.field = field
        self.code = code
        self.values = values


def edited(text: str, edit: Edit) -> str:
    """The text after an edit; names that went took their words along.

    Raises DefinitionError when it cannot be read, and Misfit.
    """
    definition = read(text)
    document = cast("Document", plain(parse(text)))
    edit.apply(document, definition)
    _drop_lost_words(document)
    return rewrite(text, document)


def _drop_lost_words(document: Document) -> None:
    """What is gone takes its words along. A text that cannot be read keeps them all."""
    if "wording" not in document:
        return
    try:
        known = named(read(write({k: v for k, v in document.items() if k != "wording"})))
    except DefinitionError:
        return
    for section, kind in SECTIONS.items():
        words = document["wording"].get(section, {})
        for name in set(words) - set(known[kind]):
            del words[name]
        if not words:
            document["wording"].pop(section, None)
    if not document["wording"]:
        del document["wording"]


# values, in the simplest form that says them


@dataclass(frozen=True)
class Time:
    """A deadline such as `3 working days`, and when it counts ("" for always)."""

    words: str
    when: str = ""


@dataclass(frozen=True)
class Way:
    """Where an action leads, a step or a verdict, and when ("" for always)."""

    to: str = ""
    verdict: str = ""
    when: str = ""


def times_of(value: Plain | None) -> tuple[Time, ...]:
    """The deadlines that `within` says."""
    if value is None:
        return ()
    if not isinstance(value, list):
        return (Time(str(value)),)
    rules = cast("list[Mapping[str, object]]", value)
    return tuple(Time(str(one["is"]), str(one.get("when", ""))) for one in rules)


def within(times: tuple[Time, ...]) -> Plain | None:
    """What `within` has to say for these deadlines."""
    if not times:
        return None
    if len(times) == 1 and not times[0].when:
        return times[0].words
    return [{"when": one.when, "is": one.words} if one.when else {"is": one.words} for one in times]


def ways_of(value: Plain | None) -> tuple[Way, ...]:
    """The ways that `to`, `on_lapse` or `route` says."""
    if value is None:
        return ()
    if isinstance(value, str):
        return (Way(value),)
    rules = cast("list[Mapping[str, object]]", value if isinstance(value, list) else [value])
    words = ("to", "verdict", "when")
    return tuple(Way(*(str(one.get(word, "")) for word in words)) for one in rules)


def to(ways: tuple[Way, ...]) -> Plain | None:
    """What has to stand there for these ways."""
    if not ways:
        return None
    if len(ways) == 1 and not ways[0].when and ways[0].to:
        return ways[0].to
    pairs = [(("when", w.when), ("to", w.to), ("verdict", w.verdict)) for w in ways]
    rules: list[Plain] = [{name: word for name, word in pair if word} for pair in pairs]
    return rules[0] if len(ways) == 1 and not ways[0].when else rules


def words_of(value: Plain | None) -> tuple[str, ...]:
    """One word or several."""
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def words(several: tuple[str, ...]) -> Plain | None:
    """What has to stand there for these words."""
    return list(several) or None


def _set_of(value: Plain | None) -> object:
    return frozenset(words_of(value))


def _two_languages(value: Plain | None) -> object:
    """A text alone is the Indonesian one."""
    said = value if isinstance(value, dict) else {"id": value}
    return said.get("id"), said.get("en")


_SENSE: Mapping[str, Callable[[Plain | None], object]] = {
    "within": times_of,
    "owner_sees": _two_languages,
    "external": _two_languages,
    "class": times_of,
    "on_lapse": ways_of,
    "to": ways_of,
    **dict.fromkeys(
        (
            "edits",
            "pauses",
            "hidden_from",
            "needs",
            "by",
            "sets",
            "unless",
            "only",
            "runs",
            "keep",
            "after",
            "each",
        ),
        _set_of,
    ),
}
"""In what other forms the same can be said; of several words the order says nothing."""


def same(key: str, one: Plain | None, other: Plain | None) -> bool:
    """Whether two values say the same under a key."""
    sense = _SENSE.get(key, _as_it_stands)
    return sense(one) == sense(other)


def _as_it_stands(value: Plain | None) -> object:
    return value or None


def put(mapping: Document, key: str, value: Plain | None, order: tuple[str, ...]) -> None:
    """Say `value` under a key, or nothing; what says the same already stays as it is written."""
    if value is None:
        mapping.pop(key, None)
    elif key in mapping:
        mapping[key] = mapping[key] if same(key, mapping[key], value) else value
    else:
        later = order[order.index(key) + 1 :] if key in order else ()
        place_before(mapping, next((name for name in mapping if name in later), None), key, value)


UNSAID: Document = {"means": "forward", "class": "routine"}
"""What holds of an action, or of a verb, of which nothing is said."""


def say(
    mapping: Document, key: str, value: Plain | None, unsaid: Plain | None, order: tuple[str, ...]
) -> None:
    """Say a value under a key where it does not go without saying; `unsaid` holds there if not."""
    if not same(key, mapping.get(key, unsaid), value):
        denied: Plain | None = [] if value is None and unsaid is not None else value
        put(mapping, key, None if same(key, value, unsaid) else denied, order)


def place_before(mapping: Document, next_key: str | None, key: str, value: Plain) -> None:
    """Add an entry before another one, or at the end."""
    after: Document = {}
    for name in list(mapping) if next_key is not None else ():
        if after or name == next_key:
            after[name] = mapping.pop(name)
    mapping[key] = value
    mapping.update(after)


def following(mapping: Document, key: str) -> str | None:
    """The key after another one; None after the last."""
    names = list(mapping)
    return names[names.index(key) + 1] if names[-1] != key else None


# places


def chart_of(document: Document, path: str) -> Document:
    """The steps among which a step stands: the main chart, or those of its track."""
    step, *inner = path.split(".")
    steps: Document = document["steps"]
    return cast("Document", steps[step]["tracks"][inner[0]]["steps"]) if inner else steps


def step_of(document: Document, path: str) -> Document:
    """What is written of a step."""
    return cast("Document", chart_of(document, path)[path.rpartition(".")[2]])
