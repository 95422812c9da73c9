"""Every fault of the list has tests that catch it and a way to be put in, and both still fit."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from tests.fault_table import FAULTS, Fault
from tests.faults import DOCUMENT, ROOT, named_tests, put_in

ALL = set(range(1, 31))


def test_every_fault_is_caught_by_a_test_and_can_be_put_in() -> None:
    named = named_tests(DOCUMENT.read_text(encoding="utf-8"))
    assert {number for number, tests in named.items() if tests} == ALL
    assert {fault.number for fault in FAULTS} == ALL


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.number} {fault.what}")
def test_a_fault_still_fits_the_code(fault: Fault, tmp_path: Path) -> None:
    copy = tmp_path / fault.file
    copy.parent.mkdir(parents=True)
    shutil.copy(ROOT / fault.file, copy)
    put_in(fault, tmp_path)
    ast.parse(copy.read_text(encoding="utf-8"))
