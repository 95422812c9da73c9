"""Every form of every page, filled with what nobody means: no answer is a fault.

The forms are found by walking the pages, so that a new one cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

from blueprints import create_app
from blueprints.edge import Alur
from tests.blueprints import crawling, papers
from tests.blueprints.conftest import NOW, PASSWORD, Client, founded, settings
from tests.blueprints.crawling import Form
from tests.databases import Databases, opened
from workflow import drafts
from workflow.database import Database

HUGE = "9" * 30
ODD = (
    *("", " ", "0", "-1", "1", HUGE, "9" * 5000, str(2**63), "1e400", "NaN", "²", "٣", "true"),
    *("0001-01-01", "9999-12-31", "2026-02-30", "24:00", "a:b:c", "1.5", "..", "null", "[]"),
    *("a" * 30_000, "🜁" * 300, "\u202e\u0301", "\x7f\x1b", "<b>&amp;", "'\";--", "%s%(x)s"),
    *(
        "{{ 7 * 7 }}",
        "{% for %}",
        "[" * 2000,
        "a: &a [*a]",
        "!!python/name:os",
        "=1+1",
        "x\r\ny: z",
    ),
)
WALKERS = ("head.bapperida", "secretary.diskominfo", "secretary.dinkes", "operator.dinkes", "admin")
"""Who walks, and fills in what they find; last of all who can take the right to from others."""
ROUNDS = 3


@pytest.fixture(scope="module")
def apart(databases: Databases) -> Iterator[Database]:
    """A database that may be worn out."""
    yield from opened(databases, "forms")


@pytest.fixture(scope="module")
def worn(apart: Database, tmp_path_factory: pytest.TempPathFactory) -> Alur:
    """An application over a small city of its own, with cases at several steps and a draft."""
    city = founded(apart)
    for number, steps in enumerate(
        ((), papers.TO_REVIEW, papers.TO_PLANNING_HEAD, papers.RETURNED)
    ):
        found = papers.begun(city, apart, title=f"Layanan keliling nomor {number}")
        papers.brought(city, apart, found, steps)
    with apart.sessions.begin() as session:
        drafts.begin(session, version_id=1, by=city.people["admin"], now=NOW)
    app = create_app(settings(tmp_path_factory.mktemp("worn")), apart)
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
    app.test_client_class = Client
    return app


def _endpoint_of(app: Alur, method: str = "GET") -> Callable[[str], str | None]:
    """The endpoint behind a path, but for where one signs out."""
    adapter = app.url_map.bind("localhost")

    def endpoint(path: str) -> str | None:
        try:
            found, _arguments = adapter.match(path, method)
        except HTTPException:
            return None
        return None if found == "auth.sign_out" else str(found)

    return endpoint


def _found(app: Alur, client: FlaskClient) -> dict[tuple[str, ...], Form]:
    """Every kind of form that this person reaches, each once."""
    found: dict[tuple[str, ...], Form] = {}

    def read(path: str) -> str:
        answer = client.get(path)
        return answer.text if answer.mimetype == "text/html" else ""

    for form in crawling.forms(read, _endpoint_of(app), each=2):
        names = sorted({name for name, _ in form.boxes})
        endpoint = _endpoint_of(app, form.method)(urlsplit(form.path).path)
        if endpoint is not None and names not in ([], ["lang"]):
            found.setdefault((endpoint, form.method, *names), form)
    return found


def _filled(form: Form, turn: int) -> list[dict[str, list[str]]]:
    """The form with something odd in every box, and with something odd in one of them."""
    odd = [(name, ODD[(turn * 7 + place) % len(ODD)]) for place, (name, _) in enumerate(form.boxes)]
    chosen = turn % len(odd)
    one = [*form.boxes[:chosen], odd[chosen], *form.boxes[chosen + 1 :]]
    return [_lists(odd), _lists(one)]


def _lists(boxes: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in boxes:
        found.setdefault(name, []).append(value)
    return found


def _signed_in(app: Alur, walker: str) -> FlaskClient:
    client = app.test_client()
    client.post("/sign-in", data={"username": walker, "password": PASSWORD})
    return client


@pytest.mark.slow
@pytest.mark.parametrize("walker", ["operator.dinkes", "admin"])
def test_every_form_that_changes_something_carries_a_token(worn: Alur, walker: str) -> None:
    found = _found(worn, _signed_in(worn, walker)).values()
    posted = [form for form in found if form.method == "POST"]
    assert posted
    assert [form.path for form in posted if "csrf_token" not in dict(form.boxes)] == []


@pytest.mark.slow
def test_no_form_filled_with_what_nobody_means_is_a_fault(worn: Alur) -> None:
    faults, kinds = set(), set()
    for walker in WALKERS:
        client = _signed_in(worn, walker)
        for number, (kind, form) in enumerate(_found(worn, client).items()):
            kinds.add(kind[:2])
            for turn in range(number, number + ROUNDS):
                for boxes in _filled(form, turn):
                    given = {"query_string": boxes} if form.method == "GET" else {"data": boxes}
                    answer = client.open(form.path, method=form.method, **given)
                    if answer.status_code >= 500:
                        faults.add((*kind[:2], str({k: v[0][:20] for k, v in boxes.items()})))
    assert not faults
    assert len(kinds) > 40, "the walk reaches the forms"
