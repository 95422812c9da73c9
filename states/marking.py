"""Where a case stands: the only thing that the machine keeps of it. Plain values and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from states.definition import Outcome


@dataclass(frozen=True)
class Track:
    """One track of the parallel step: under way at `step`, or done with `verdict`."""

    step: str | None
    verdict: str | None


@dataclass(frozen=True)
class Seat:
    """One person's place on an open visit, with the verdict given from it."""

    party: str
    verdict: str | None = None


@dataclass(frozen=True)
class Kept:
    """How a parallel step was left the last time; `outcome` None: without a join."""

    outcome: str | None
    verdicts: Mapping[str, str]


@dataclass(frozen=True)
class Marking:
    """All that a case's position is.

    `step` is a step of the main chart, `tracks` holds the tracks that the parallel step opened,
    `visits` counts entries by path and is never reset, `seats` has the open visits' seats by
    path, `used` counts limited actions by "path:visit:action", `kept` has the last verdicts of
    parallel steps that care, `picked` the numbers chosen for seats, `clocks` those started.
    """

    step: str
    tracks: Mapping[str, Track] = field(default_factory=dict)
    visits: Mapping[str, int] = field(default_factory=dict)
    seats: Mapping[str, tuple[Seat, ...]] = field(default_factory=dict)
    used: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, Kept] = field(default_factory=dict)
    picked: Mapping[str, int] = field(default_factory=dict)
    clocks: tuple[str, ...] = ()
    outcome: Outcome | None = None

    def standing(self) -> tuple[tuple[str, int], ...]:
        """The (path, visit) pairs where people have work now, by path."""
        return tuple((path, self.visits[path]) for path in sorted(self.seats))

    def to_json(self) -> dict[str, Any]:
        """Plain values for storing; what is empty is left out."""
        document = {
            "step": self.step,
            "tracks": {name: [track.step, track.verdict] for name, track in self.tracks.items()},
            "visits": dict(self.visits),
            "seats": {p: [[s.party, s.verdict] for s in seats] for p, seats in self.seats.items()},
            "used": dict(self.used),
            "kept": {path: [kept.outcome, dict(kept.verdicts)] for path, kept in self.kept.items()},
            "picked": dict(self.picked),
            "clocks": list(self.clocks),
            "outcome": None if self.outcome is None else self.outcome.value,
        }
        return {key: value for key, value in document.items() if value}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Marking:
        """The marking that `to_json` wrote; raises KeyError, TypeError or ValueError otherwise."""
        outcome = document.get("outcome")
        return cls(
            step=document["step"],
            tracks={name: Track(*track) for name, track in document.get("tracks", {}).items()},
            visits=dict(document.get("visits", {})),
            seats={
                path: tuple(Seat(*seat) for seat in seats)
                for path, seats in document.get("seats", {}).items()
            },
            used=dict(document.get("used", {})),
            kept={path: Kept(*kept) for path, kept in document.get("kept", {}).items()},
            picked=dict(document.get("picked", {})),
            clocks=tuple(document.get("clocks", ())),
            outcome=None if outcome is None else Outcome(outcome),
        )
