"""Small definitions for the checks, each broken in one way or sound, and a replay of acts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Any

import yaml

from states.attempts import Act
from states.definition import Definition
from states.marking import Marking
from states.trail import moves

HEAD = """
key: seeded
subject: proposal
initial: drafting
facts: {a: boolean, b: boolean, budget: integer, lane: [light, standard, strategic]}
verbs:
  approve:    {means: approve}
  conditions: {means: approve}
  return:     {means: return}
  reject:     {means: reject}
parties:
  drafter: {agency: owner, post: operator}
  head:    {agency: owner, post: head}
  clerk:   {agency: planning, post: clerk, instead: {agency: secretariat, post: clerk}}
  planner: {agency: planning, post: head, instead: {agency: secretariat, post: assistant}}
  ict:     {agency: ict, post: head, instead: {agency: secretariat, post: assistant_two}}
  sekda:   {agency: secretariat, post: head, instead: {agency: city, post: mayor}}
"""


@dataclass(frozen=True)
class Seeded:
    """A definition, and if something is wrong in it, how that must be told and shown.

    A sound one may have warnings, which are named with it.
    """

    name: str
    text: str
    code: str | None
    step: str | None
    severity: str
    path: tuple[str, ...]
    warns: tuple[str, ...]


def document(
    steps: str,
    *,
    parties: str = "",
    extra: str = "",
    ends: tuple[str, ...] = ("approved", "rejected"),
) -> str:
    """A whole document around some steps."""
    final = "".join(f"  {end}: {{final: {end}}}\n" for end in ends)
    return f"{HEAD}{indent(parties, '  ')}{extra}\nsteps:\n{indent(steps, '  ')}{final}"


def seeds(name: str) -> tuple[Seeded, ...]:
    """The definitions of a file beside this one."""
    text = Path(__file__).with_name(f"{name}.yaml").read_text(encoding="utf-8")
    return tuple(_seed(entry) for entry in yaml.safe_load(text))


def _seed(entry: dict[str, Any]) -> Seeded:
    text = document(
        entry["steps"],
        parties=entry.get("parties", ""),
        extra=entry.get("with", ""),
        ends=tuple(entry.get("ends", ("approved", "rejected"))),
    )
    return Seeded(
        name=entry["name"],
        text=text,
        code=entry.get("code"),
        step=entry.get("step"),
        severity=entry.get("severity", "error"),
        path=tuple(entry.get("path", "").split()),
        warns=tuple(entry.get("warns", ())),
    )


def wide(tracks: int, steps: int) -> str:
    """The steps of a review with tracks of many steps each, side by side."""
    charts = ""
    for track in range(tracks):
        charts += f"    t{track}:\n      steps:\n"
        for step in range(steps):
            ahead = f"s{step + 1}" if step + 1 < steps else None
            verdicts = "" if ahead else ", verdicts: [approve, reject]"
            on = f"pass: s{step + 1}, " if ahead else ""
            charts += f"        s{step}: {{party: ict{verdicts}, actions: {{{on}note: {{}}}}}}\n"
    return f"""drafting: {{party: drafter, actions: {{submit: review}}}}
review:
  tracks:
{charts}  tally:
    - {{outcome: refused, when: reject >= 1, to: rejected}}
    - {{outcome: passed, to: approved}}
"""


def replay(definition: Definition, acts: tuple[Act, ...]) -> Marking:
    """Do the acts one after another on the real machine; a refusal fails the test."""
    marking = Marking(step="")
    for act, move in zip(acts, moves(definition, acts), strict=True):
        assert move.path == act.path
        marking = move.marking
    return marking
