"""Where a document names its steps: targets of ways, clocks, guards. To lead them elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, cast

from states.edits import Document, chart_of

Change = Callable[[str], str]
_VISITS = re.compile(r"visits\(\s*([\w.]+)\s*\)")


def lead(step: Document, change: Change, *, only: Callable[[str], bool] = lambda _: True) -> None:
    """Change the targets of a step's ways; of its actions only those that are chosen by name."""
    for name, action in step.get("actions", {}).items():
        if not only(name):
            continue
        if isinstance(action, str):
            step["actions"][name] = change(action)
        elif "to" in action:
            action["to"] = _changed(action["to"], change)
    for key in ("on_lapse", "route"):
        if key in step:
            step[key] = _changed(step[key], change)
    for rule in step.get("tally", []):
        if "to" in rule:
            rule["to"] = change(rule["to"])


def is_led_to(document: Document, path: str) -> bool:
    """Whether its chart begins with a step, or anything else leads to it."""
    chart, name = chart_of(document, path), path.rpartition(".")[2]
    found = {first_of(document, path)}

    def see(target: str) -> str:
        found.add(target)
        return target

    for other, step in chart.items():
        if other != name:
            lead(step, see)
    if "." not in path:
        lead({"actions": document.get("anywhere", {})}, see)
    return name in found


def first_of(document: Document, path: str) -> str:
    """The step with which the chart of a step begins."""
    if "." not in path:
        return str(document["initial"])
    step, track, _name = path.split(".")
    written = document["steps"][step]["tracks"][track]
    return str(written.get("initial", next(iter(written["steps"]))))


def _changed(ways: Any, change: Change) -> Any:
    if isinstance(ways, str):
        return change(ways)
    for way in ways if isinstance(ways, list) else [ways]:
        if "to" in way:
            way["to"] = change(way["to"])
    return ways


def stand_for(document: Document, change: Change) -> None:
    """Change the steps that `anywhere` names as a whole; each is named once."""
    for action in document.get("anywhere", {}).values():
        if isinstance(action, dict):
            for key in ("unless", "only"):
                if key in action:
                    names = action[key] if isinstance(action[key], list) else [action[key]]
                    action[key] = list(dict.fromkeys(map(change, names)))


def move(document: Document, change: Change) -> None:
    """Change the paths by which clocks, guards, words and `apart` name steps of the whole."""
    for clock in document.get("clocks", {}).values():
        path, _, action = clock["starts"].rpartition(".")
        clock["starts"] = f"{change(path)}.{action}"
        if "runs" in clock:
            runs = clock["runs"] if isinstance(clock["runs"], list) else [clock["runs"]]
            clock["runs"] = [change(path) for path in runs]
    if isinstance(document.get("apart"), list):
        parties = document["parties"]
        document["apart"] = [
            [name if name in parties else change(name) for name in pair]
            for pair in document["apart"]
        ]
    worded = document.get("wording", {})
    if "steps" in worded:
        worded["steps"] = {change(path): words for path, words in worded["steps"].items()}
    for holder in _guarded(document):
        holder["when"] = _VISITS.sub(lambda found: f"visits({change(found[1])})", holder["when"])


def _guarded(value: object) -> Iterator[Document]:
    """Every mapping with a guard."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from _guarded(one)
    if isinstance(value, dict) and isinstance(value.get("when"), str):
        yield cast("Document", value)
