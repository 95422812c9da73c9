"""Findings on hats, which need no markings: who is asked, in cases of whom, and who may not be one.

Two rules that the language leaves open are fixed here. A deciding hat may lack an `instead` when it
belongs to the owner or the city, when nobody of the owner takes part, or when it only records
letters; it is an error where the definition itself gives another hat of that agency an `instead`,
and a warning otherwise. A post `head`, `mayor` or `vice_mayor` is held by one person at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from states.definition import Definition, Means, Place, Step
from states.findings import Finding, Severity

_SINGLE_POSTS = frozenset({"head", "mayor", "vice_mayor"})


def hat_findings(definition: Definition) -> Iterator[Finding]:
    """Hats that judge their own agency, or that one person would have to wear together."""
    yield from _own_agency(definition)
    yield from _apart(definition)
    yield from _seats(definition)


def _own_agency(definition: Definition) -> Iterator[Finding]:
    for name in _judging_their_own(definition):
        place = definition.parties[name].place
        assert place is not None, "an external body has no agency to judge"
        values = {"hat": name, "agency": place.agency}
        yield Finding(_severity(definition, place.agency), "own_agency", None, values)


def _judging_their_own(definition: Definition) -> list[str]:
    places = [party.place for party in definition.parties.values()]
    if not any(place is not None and place.agency == "owner" for place in places):
        return []
    return sorted(definition.judges_of_their_own & _judges(definition))


def _severity(definition: Definition, owner: str | None) -> Severity:
    """An error always, or in cases of an agency that the definition takes for a possible owner."""
    replaced = {p.place.agency for p in definition.parties.values() if p.place and p.instead}
    return Severity.ERROR if owner is None or owner in replaced else Severity.WARNING


def _judges(definition: Definition) -> set[str]:
    """Hats that approve or reject other than by recording somebody's letter."""
    return {
        hat
        for action, hats in definition.actions_by_hats()
        if action.means in (Means.APPROVE, Means.REJECT) and action.letter is None
        for hat in hats
    }


def _apart(definition: Definition) -> Iterator[Finding]:
    """Pairs that have to be two people and are one post, always or in some agency's cases."""
    pairs, own = definition.apart_pairs, set(_judging_their_own(definition))
    told: set[frozenset[str]] = set()
    for owner in _owners(definition):
        for first, second in combinations(definition.worn, 2):
            pair = frozenset({first, second})
            if pair not in pairs or pair in told or (owner is not None and pair & own):
                continue
            post = _single(definition, pair, owner)
            if post is not None:
                told.add(pair)
                values: dict[str, object] = {"first": first, "second": second, "post": post.post}
                yield _of_owner(definition, "apart_impossible", None, values, owner)


def _seats(definition: Definition) -> Iterator[Finding]:
    """Steps with more seats than there are people for them; nobody speaks twice."""
    for step in definition.every_step():
        each = () if step.seats is None else step.seats.each
        for hat in sorted({hat for hat in each if each.count(hat) > 1}):
            yield Finding(Severity.ERROR, "seat_twice", step.path, {"hat": hat})
        for owner in _owners(definition):
            crowded = _crowded(definition, step, owner)
            if crowded:
                values: dict[str, object] = {"hats": ", ".join(crowded)}
                yield _of_owner(definition, "seats_for_one", step.path, values, owner)
                break


def _crowded(definition: Definition, step: Step, owner: str | None) -> Sequence[str]:
    """Hats that have several seats here together and are one single post."""
    seats = step.seats
    if seats is None:
        return ()
    if seats.party is not None:
        several = isinstance(seats.count, int) and seats.count > 1
        return (seats.party,) if several and _single(definition, {seats.party}, owner) else ()
    pairs = combinations(dict.fromkeys(seats.each), 2)
    return next((pair for pair in pairs if _single(definition, pair, owner)), ())


def _owners(definition: Definition) -> list[str | None]:
    """Functions that can own a case and are named here; None for an agency that is not."""
    places = [party.place for party in definition.parties.values() if party.place is not None]
    named = dict.fromkeys(p.agency for p in places if p.agency not in ("owner", "city"))
    return [None, *named]


def _single(definition: Definition, hats: Iterable[str], owner: str | None) -> Place | None:
    """The one single post that all these hats are in the cases of an owner."""
    places = set()
    for hat in hats:
        place = definition.parties[hat].place_for(owner)
        if place is not None and place.agency == "owner" and owner is not None:
            place = Place(owner, place.post)
        places.add(place)
    (only, *more) = places
    return only if not more and only is not None and only.post in _SINGLE_POSTS else None


def _of_owner(
    definition: Definition,
    code: str,
    step: str | None,
    values: dict[str, object],
    owner: str | None,
) -> Finding:
    """What holds always, or under a code of its own in the cases of one agency."""
    if owner is None:
        return Finding(Severity.ERROR, code, step, values)
    severity = _severity(definition, owner)
    return Finding(severity, f"{code}_in_own", step, {**values, "agency": owner})
