"""Puts each of the thirty faults in, and demands that the tests named for it catch it.

    python -m tests.faults [numbers…]

What catches a fault is read from docs/faults.md, how it is put in from `fault_table`. Each fault
is put into a copy of the tree; nothing is changed here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.fault_table import FAULTS, Fault

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "faults.md"
LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venv", ".hypothesis", ".*_cache", "__pycache__", ".coverage*", "htmlcov", "data"
)
AN_ASSERTION = ("assert ", "AssertionError", "Failed: DID NOT RAISE")
"""How the message of a test begins that found what it looks for; any other failure proves less."""


def named_tests(document: str) -> dict[int, tuple[str, ...]]:
    """The tests that the document names for each fault."""
    rows = re.findall(r"^\| (\d+) \|.*\|(.*)\|$", document, re.MULTILINE)
    return {int(number): tuple(re.findall(r"`(tests/[^`]+)`", cell)) for number, cell in rows}


def put_in(fault: Fault, root: Path) -> None:
    """Edit the file in a tree. Raises ValueError unless the text stands there exactly once."""
    path = root / fault.file
    text = path.read_text(encoding="utf-8")
    if text.count(fault.now) != 1:
        raise ValueError(f"fault {fault.number}: its text stands not once in {fault.file}")
    path.write_text(text.replace(fault.now, fault.then), encoding="utf-8")


@contextmanager
def copied(root: Path) -> Iterator[Path]:
    """A copy of a tree, for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="alur-fault-") as folder:
        yield Path(shutil.copytree(root, Path(folder) / "alur", ignore=LEFT_BEHIND))


def failures(root: Path, tests: Collection[str]) -> dict[str, str] | None:
    """What failed of these tests in a tree, each with its message; None without any verdict."""
    report = root.parent / "report.xml"
    quietly = ["-q", "-p", "no:randomly", "-p", "no:cacheprovider", f"--junitxml={report}"]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", *quietly, *sorted(tests)]
    run = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    if not report.exists():
        print(run.stdout[-2000:], run.stderr[-2000:], file=sys.stderr)
        return None
    cases = list(ET.parse(report).iter("testcase"))
    found = {}
    for case in cases:
        for kind in ("failure", "error"):
            if (failed := case.find(kind)) is not None:
                said = failed.get("message", "").partition("\n")[0]
                found[str(case.get("name"))] = said if kind == "failure" else f"error: {said}"
    return found if cases else None


def verdict(fault: Fault, tree: Path, tests: Collection[str]) -> tuple[bool, str]:
    """Whether the tests catch the fault when it is in the tree, and in which words."""
    with copied(tree) as root:
        put_in(fault, root)
        found = failures(root, tests)
    if not found:
        return False, "no test ran to its end" if found is None else "every test passed"
    caught = {name: said for name, said in found.items() if said.startswith(AN_ASSERTION)}
    name, said = next(iter((caught or found).items()))
    return bool(caught), f"{name}: {said[:90]}"


def main(numbers: Collection[int]) -> int:
    """Prove the faults of these numbers, or all; 1 when any is not caught."""
    named = named_tests(DOCUMENT.read_text(encoding="utf-8"))
    wanted = [fault for fault in FAULTS if not numbers or fault.number in numbers]
    if unknown := set(numbers) - {fault.number for fault in FAULTS}:
        print(f"no such fault: {sorted(unknown)}")
        return 1
    with copied(ROOT) as tree:
        before = failures(tree, {test for fault in wanted for test in named[fault.number]})
        if before is None or before:
            print(f"without any fault: {before or 'no test ran to its end'}")
            return 1
        uncaught = {
            fault.number for fault in wanted if not _proved(fault, tree, named[fault.number])
        }
    proven = len({fault.number for fault in wanted} - uncaught)
    print(f"{proven} of {proven + len(uncaught)} faults, put in {len(wanted)} ways, are caught.")
    return 1 if uncaught else 0


def _proved(fault: Fault, tree: Path, tests: Collection[str]) -> bool:
    """Print what came of a fault; whether it was caught."""
    is_caught, words = verdict(fault, tree, tests)
    mark = "caught" if is_caught else "NOT CAUGHT"
    print(f"{fault.number:>2}  {mark:<10}  {fault.what}\n    {words}", flush=True)
    return is_caught


if __name__ == "__main__":
    sys.exit(main({int(number) for number in sys.argv[1:]}))
