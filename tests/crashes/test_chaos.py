"""The short form of `make chaos`: a few kills over each way of carrying messages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crashes import chaos
from tests.crashes.installation import Broker, NoBroker, RabbitMQ, Redis


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("name", "broker"),
    [
        ("in the serving process", lambda folder: NoBroker()),
        ("Redis", Redis),
        pytest.param("RabbitMQ", lambda folder: RabbitMQ(), marks=pytest.mark.rabbitmq),
    ],
)
def test_whatever_is_killed_nothing_is_lost_and_nothing_happens_twice(
    tmp_path: Path, name: str, broker: Callable[[Path], Broker]
) -> None:
    result = chaos.run(
        broker(tmp_path), name, kills=4, cases=3, decisions=30, folder=tmp_path, seed=11
    )
    assert result.flaws == []
    assert result.kills.total() == 4
    assert result.decisions > result.cases
    assert result.mails > 0
