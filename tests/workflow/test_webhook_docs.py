"""The example that receivers copy from the documentation checks what is really posted."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from workflow.webhooks import signing

PAGE = Path(__file__).resolve().parents[2] / "docs" / "webhooks.md"
BODY = b'{"type":"test"}'
OLD, NEW = signing.secret("k" * 40, "old"), signing.secret("k" * 40, "new")


@pytest.fixture(scope="module")
def is_from_alur() -> Callable[..., bool]:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(example, str(PAGE), "exec"), names)
    function: Callable[..., bool] = names["is_from_alur"]
    return function


def test_the_example_takes_what_either_secret_signed(
    is_from_alur: Callable[..., bool], now: datetime
) -> None:
    headers = signing.headers([NEW, OLD], "evt_1", now, BODY)
    for secrets in ([OLD], [NEW], [OLD, NEW]):
        assert is_from_alur(headers, BODY, secrets, now.timestamp())


def test_the_example_refuses_other_secrets_bytes_ids_and_times(
    is_from_alur: Callable[..., bool], now: datetime
) -> None:
    headers, moment = signing.headers([NEW], "evt_1", now, BODY), now.timestamp()
    assert not is_from_alur(headers, BODY, [OLD], moment)
    assert not is_from_alur(headers, BODY + b" ", [NEW], moment)
    assert not is_from_alur({**headers, "webhook-id": "evt_2"}, BODY, [NEW], moment)
    assert not is_from_alur(headers, BODY, [NEW], moment + 301)
    assert not is_from_alur(headers, BODY, [NEW], moment - 301)
