"""`python -m bench.exploring`: how long the check of a definition before publication takes.

Seconds of this process, the best of five runs; how many situations were looked at does not depend
on the machine. The last one is built to explode, and stopped by the bound that a draft has.
"""

from __future__ import annotations

import time
from pathlib import Path

from states import library
from states.definition import Definition, Place
from states.edit_reviews import AddTrack, Reviewer
from states.edits import edited
from states.reading import read
from states.soundness import Report, check
from tests.states.seeded import document, wide

HOUSES = Path(__file__).parents[1] / "tests" / "states" / "definitions"
RUNS = 5
LAW = Reviewer("law", Place("inspectorate", "head"), Place("secretariat", "assistant"))
"""A third agency, put beside the two of the shipped process."""


def main() -> None:
    """Measure, and print the figures."""
    print(f"{'definition':32}{'steps':>7}{'situations':>12}{'seconds':>9}  stopped by")
    for name in reversed(library.names()):
        show(name, read(library.text(name)), RUNS)
    third = edited(library.text("program-proposal"), AddTrack("review", "law", LAW, ""))
    show("the same, three agencies", read(third), RUNS)
    for path in sorted(HOUSES.glob("*.yaml")):
        show(path.stem, read(path.read_text(encoding="utf-8")), RUNS)
    sixty = wide(4, 15)
    show("60 steps in 4 tracks", read(document(sixty)), RUNS)
    counting = sixty.replace("note: {}", "note: {when: visits(s0) >= 0}")
    show("the same, built to explode", read(document(counting)), 1)


def show(name: str, definition: Definition, runs: int) -> None:
    """One line of the table."""
    best, report = min((timed(definition) for _ in range(runs)), key=lambda run: run[0])
    stopped = next((str(f) for f in report.findings if f.code == "too_large"), "")
    steps = sum(1 for _ in definition.every_step())
    print(f"{name:32}{steps:>7}{report.markings:>12,}{best:>9.2f}  {stopped}")


def timed(definition: Definition) -> tuple[float, Report]:
    """One check, and the seconds that this process worked on it."""
    before = time.process_time()
    report = check(definition)
    return time.process_time() - before, report


if __name__ == "__main__":
    main()
