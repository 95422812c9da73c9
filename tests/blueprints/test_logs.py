"""Figures and lines for operators: enough to find a fault, nothing about anybody."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest
import structlog
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from blueprints import logs


def test_a_request_has_the_number_that_the_server_in_front_gave_it(
    desk: Callable[[str], FlaskClient],
) -> None:
    answer = desk("head.dinkes").get("/queue/", headers={logs.HEADER: "front-17"})
    assert answer.headers[logs.HEADER] == "front-17"


@pytest.mark.parametrize("given", ["", "two words", "x" * 65, '{"a":1}'])
def test_a_number_that_does_not_fit_is_replaced(
    desk: Callable[[str], FlaskClient], given: str
) -> None:
    answer = desk("head.dinkes").get("/queue/", headers={logs.HEADER: given})
    assert len(answer.headers[logs.HEADER]) == 32


def test_the_line_of_a_request_names_the_case_and_nobody(
    desk: Callable[[str], FlaskClient],
) -> None:
    processors = [structlog.contextvars.merge_contextvars]
    with capture_logs(processors=processors) as lines:
        desk("head.dinkes").get("/cases/999999?q=Ibu", headers={logs.HEADER: "front-17"})
    (line,) = [line for line in lines if line["event"] == "request" and "case" in line]
    assert line.pop("milliseconds") >= 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "request": "front-17",
        "case": 999999,
        "endpoint": "cases.show",
        "method": "GET",
        "status": 404,
    }


def test_decisions_have_a_latency_of_their_own_by_result(
    desk: Callable[[str], FlaskClient],
) -> None:
    client = desk("head.dinkes")

    def refused() -> float:
        name = 'alur_decision_seconds_count{result="refused"}'
        lines = client.get("/metrics").text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

    before = refused()
    client.post("/api/v1/cases/999999/actions", json={"action": "submit", "version": 1})
    assert refused() == before + 1


SPEAKING = """
import logging, structlog
from workflow import logs
logs.configure(logging.INFO)
with structlog.contextvars.bound_contextvars(case=7):
    structlog.get_logger("workflow.sweep").info("timer failed", timer=3)
logging.getLogger("dramatiq").warning("Broker %s", "gone")
logging.getLogger("dramatiq").debug("not told")
try:
    raise ValueError("broken")
except ValueError:
    structlog.get_logger("workflow.sweep").exception("fault")
"""


ASIDE = """
import logging
from workflow import logs
logs.configure(logging.INFO)
logs.leave_standard_output()
logging.getLogger("alembic.runtime").info("each step")
logging.getLogger("transitions.core").info("each step")
logging.getLogger("sqlalchemy").info("a line")
print("the answer")
"""


def test_a_command_answers_with_nothing_between_and_no_library_tells_each_step() -> None:
    process = subprocess.run(
        [sys.executable, "-c", ASIDE], capture_output=True, check=True, text=True
    )
    assert process.stdout == "the answer\n"
    (line,) = process.stderr.splitlines()
    assert json.loads(line)["event"] == "a line"


def test_lines_of_libraries_and_of_alur_are_json_alike() -> None:
    process = subprocess.run(
        [sys.executable, "-c", SPEAKING], capture_output=True, check=True, text=True
    )
    own, foreign, fault = map(json.loads, process.stdout.splitlines())
    assert own.pop("timestamp").endswith("Z")
    assert own == {
        "event": "timer failed",
        "timer": 3,
        "case": 7,
        "level": "info",
        "logger": "workflow.sweep",
    }
    assert (foreign["event"], foreign["level"]) == ("Broker gone", "warning")
    assert "ValueError: broken" in fault["exception"]
    assert process.stderr == ""
