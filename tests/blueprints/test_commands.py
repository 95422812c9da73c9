"""The command line: what it prints, with which status it ends, and what it leaves behind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import Result
from sqlalchemy import event, func, select, text

from blueprints import create_app
from blueprints.edge import Alur
from config import Environment
from tests.blueprints.conftest import settings
from tests.databases import Databases, opened
from workflow import accounts, calendar_changes, engine, rehearsal
from workflow.city import seed
from workflow.database import create_database
from workflow.errors import Attempt, Reason, Refused
from workflow.models import CalendarYear, Case, Proposal, WorkflowVersion, WorkWeek
from workflow.organising import people
from workflow.rehearsal import Rehearsal, Step

Run = Callable[..., Result]


def _seeded(databases: Databases, name: str, folder: Path) -> Iterator[Alur]:
    for database in opened(databases, name, "demo"):
        yield create_app(settings(folder), database)


@pytest.fixture(scope="module")
def seeded(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alur]:
    """An application whose database the tests below fill in their order of need."""
    yield from _seeded(databases, "commands", tmp_path_factory.mktemp("data"))


@pytest.fixture
def untouched(databases: Databases, tmp_path: Path) -> Iterator[Alur]:
    """An application in which nobody has brought the demo's cases to an end yet."""
    yield from _seeded(databases, "untouched", tmp_path)


def command_line(app: Alur) -> Run:
    """Runs a command line in an application; a fault of the program is a fault of the test."""

    def invoke(*words: str, typed: str | None = None) -> Result:
        return app.test_cli_runner().invoke(args=list(words), input=typed)

    return invoke


@pytest.fixture
def run(seeded: Alur) -> Run:
    """The command line in the application that the tests share."""
    return command_line(seeded)


def in_production(app: Alur, folder: Path, *words: str) -> Result:
    """The same command in an installation where real cases are decided."""
    changed = settings(folder, environment=Environment.PRODUCTION)
    return create_app(changed, app.database).test_cli_runner().invoke(args=list(words))


def listed(folder: Path, *lines: str) -> str:
    path = folder / "usulan.csv"
    path.write_text("\n".join(("judul,perangkat_daerah,tahun", *lines)), encoding="utf-8")
    return str(path)


def test_the_demo_is_written_once_and_says_how_to_sign_in(
    databases: Databases, tmp_path: Path
) -> None:
    for database in opened(databases, "seed"):
        runner = create_app(settings(tmp_path), database).test_cli_runner()
        first = runner.invoke(args=["seed"])
        assert first.exit_code == 0
        assert "48 agencies" in first.output
        assert seed.PASSWORD in first.output
        assert "nothing was written" in runner.invoke(args=["seed"]).output


BEGIN = ("begin", "admin.kota", "--name", "Administrator Kota", "--email", "admin@kota.example")


def test_a_real_city_begins_with_an_administrator_who_can_enter_the_rest(
    databases: Databases, untouched: Alur, tmp_path: Path
) -> None:
    organisation = str(tmp_path / "organisasi.xlsx")
    assert command_line(untouched)("organisation", "export", organisation).exit_code == 0
    for database in opened(databases, "begin"):
        app = create_app(settings(tmp_path, environment=Environment.PRODUCTION), database)
        began = command_line(app)(*BEGIN, typed="sandi-pertama-2027\nsandi-pertama-2027\n")
        assert began.exit_code == 0, began.output
        assert "admin.kota signs in" in began.output
        taken = command_line(app)(
            *("organisation", "import", organisation, "--by", "admin.kota"),
            *("--decree", "Perda 1/2027"),
        )
        assert taken.exit_code == 0, taken.output
        with app.database.sessions() as session:
            first = accounts.authenticate(session, "admin.kota", "sandi-pertama-2027")
            assert first is not None
            assert first.is_administrator
            assert session.scalars(select(WorkflowVersion.is_default)).all().count(True) == 1
            years = session.scalars(select(CalendarYear.confirmed_at)).all()
            assert years == [None, None]
        again = command_line(app)(*BEGIN, "--password", "sandi-pertama-2027")
        assert again.exit_code == 1
        assert "there are people already" in again.output


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"--password": "pendek"}, "password: it is shorter than 10 characters"),
        ({"--email": "admin"}, "email: "),
    ],
)
def test_what_is_wrong_with_the_first_administrator_begins_nothing(
    databases: Databases, tmp_path: Path, changed: dict[str, str], said: str
) -> None:
    for database in opened(databases, "not_begun"):
        options = {"--name": "B", "--email": "b@kota.example", "--password": "cukup-panjang"}
        words = [word for option in (options | changed).items() for word in option]
        refused = command_line(create_app(settings(tmp_path), database))("begin", "admin", *words)
        assert refused.exit_code == 1
        assert said in refused.output
        with database.sessions() as session:
            assert not session.scalar(select(func.count()).select_from(WorkWeek))


def test_production_gets_neither_demo_nor_rehearsal(seeded: Alur, tmp_path: Path) -> None:
    for command in ("seed", "rehearse"):
        refused = in_production(seeded, tmp_path, command)
        assert refused.exit_code == 1
        assert "production" in refused.output


def test_people_of_units_founded_in_production_have_neither_password_nor_address(
    seeded: Alur, tmp_path: Path
) -> None:
    path = listed(tmp_path, "Kebun sekolah,SD Negeri 90,2026")
    done = in_production(seeded, tmp_path, "import-proposals", path, "--create-units")
    assert done.exit_code == 0
    with seeded.database.sessions() as session:
        head = accounts.named(session, "kepala.sd-negeri-90")
        assert (head.password_hash, head.email) == (people.NO_PASSWORD, "")
        assert accounts.authenticate(session, "kepala.sd-negeri-90", seed.PASSWORD) is None


def test_an_import_tells_each_line_and_ends_with_status_1(run: Run, tmp_path: Path) -> None:
    path = listed(
        tmp_path,
        "Taman lansia,Dinas Sosial,2026",
        "Tanpa pemilik,,2026",
        "Salah ketik,Dinas Kesehatn,2026",
        "Sekolah sehat,SD Negeri 91,2026",
        "Bukan tahun,Dinas Sosial,MMXXVI",
    )
    result = run("import-proposals", path, "--dry-run")
    assert result.exit_code == 1
    assert "usulan.csv, line 3: agency: it is empty" in result.output
    assert (
        "line 4: no agency is called 'Dinas Kesehatn'; the nearest is 'Dinas Kesehatan'"
        in result.output
    )
    assert "line 5: no agency is called 'SD Negeri 91'" in result.output
    assert "--create-units would found it" in result.output
    assert "line 6: year_start: it is not a number" in result.output
    assert "5 rows: 1 would be imported, 0 known already, 4 with errors." in result.output


def test_an_import_is_taken_once(run: Run, tmp_path: Path, seeded: Alur) -> None:
    path = listed(tmp_path, "Halte teduh,Dishub,2026", f"{'x' * 220},SD Negeri 92,2026")
    first = run("import-proposals", path, "--create-units")
    assert first.exit_code == 0
    assert "title: it is longer than 200 characters" in first.output
    assert "1 units founded: SD Negeri 92." in first.output
    again = run("import-proposals", path)
    assert "2 rows: 0 imported, 2 known already, 0 with errors." in again.output
    with seeded.database.sessions() as session:
        count = select(func.count()).where(Proposal.title == "Halte teduh")
        assert session.scalar(count) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nothing.csv"], "there is no file 'nothing.csv'"),
        (["LIST", "--map", "judul"], "'judul' does not read COLUMN=FIELD"),
        (["LIST", "--map", "judul=warna"], "there is no field 'warna'; fields are agency, title"),
        (
            ["LIST", "--map", "nama=title"],
            "there is no column 'nama'; the file has judul, perangkat_daerah, tahun",
        ),
    ],
)
def test_an_import_that_cannot_begin_says_why(
    run: Run, tmp_path: Path, words: list[str], sentence: str
) -> None:
    path = listed(tmp_path, "Halte teduh,Dishub,2026")
    result = run("import-proposals", *(path if word == "LIST" else word for word in words))
    assert result.exit_code == 1
    assert sentence in result.output


def test_the_journal_holds_until_somebody_edits_it(run: Run, seeded: Alur) -> None:
    good = run("journal", "verify")
    assert (good.exit_code, "The journal holds" in good.output) == (0, True)
    edit = "UPDATE events SET at = at {} interval '1 hour' WHERE case_id = 3 AND seq = 2"
    for sign, status in (("+", 1), ("-", 0)):
        with seeded.database.sessions.begin() as session:
            session.execute(text("SET LOCAL session_replication_role = replica"))
            session.execute(text(edit.format(sign)))
        assert run("journal", "verify").exit_code == status
        if status:
            assert "case 3, event 2: edited" in run("journal", "verify", "--case", "3").output


def test_a_journal_is_compared_with_a_digest_that_was_kept(run: Run) -> None:
    kept = run("journal", "verify").output.split()[-1]
    same = run("journal", "verify", "--expect", kept.upper())
    assert (same.exit_code, same.output.split()[-1]) == (0, kept)
    other = run("journal", "verify", "--expect", "0" * 64)
    assert other.exit_code == 1
    assert "The journal holds" in other.output
    assert "not the digest that was expected" in other.output


def test_a_workflow_that_was_altered_is_told_with_the_journal(run: Run, seeded: Alur) -> None:
    spoil = "UPDATE workflow_versions SET source = replace(source, {}, {}) WHERE id = 1"
    words = ("'initial: drafting'", "'initial: checking'")
    for old, new in (words, words[::-1]):
        with seeded.database.sessions.begin() as session:
            session.execute(text("SET LOCAL session_replication_role = replica"))
            session.execute(text(spoil.format(old, new)))
        told = run("journal", "verify")
        assert ("workflow version 1: altered" in told.output) is (old == words[0])
        assert told.exit_code == int(old == words[0])


def test_the_journal_is_verified_while_people_decide(run: Run, seeded: Alur) -> None:
    """After the heads are read, and before the events are, somebody else commits an event."""
    before = run("journal", "verify").output
    refused = Attempt(1, "approve", None, None, None)

    def decide_meanwhile(*seen: object) -> None:
        if "journal_hash" in str(seen[2]) and not decided:
            decided.append(True)
            with seeded.database.sessions.begin() as session:
                reason = Refused(Reason("not_signed_in"), attempt=refused)
                engine.record_refusal(session, reason, seeded.settings.now())

    decided: list[bool] = []
    event.listen(seeded.database.engine, "after_cursor_execute", decide_meanwhile)
    try:
        during = run("journal", "verify")
    finally:
        event.remove(seeded.database.engine, "after_cursor_execute", decide_meanwhile)
    assert decided
    assert (during.exit_code, during.output) == (0, before)
    after = run("journal", "verify")
    assert (after.exit_code, after.output != before) == (0, True)


def test_a_token_is_printed_and_works(run: Run, seeded: Alur) -> None:
    token = run("token", "create", "kepala.dinkes").output.strip()
    with seeded.database.sessions() as session:
        who = accounts.by_token(session, token, seeded.settings.now())
        assert who is not None
        assert who.person_id == accounts.named(session, "kepala.dinkes").id
    unknown = run("token", "create", "kepala.mars")
    assert unknown.exit_code == 1
    assert "There is no person 'kepala.mars'." in unknown.output


def test_tokens_are_taken_back_and_open_nothing(run: Run, seeded: Alur) -> None:
    tokens = [run("token", "create", "kepala.dinsos").output.strip() for _ in range(2)]
    kept = run("token", "create", "operator.dinsos").output.strip()
    assert run("token", "revoke", "kepala.dinsos").output.startswith("2 tokens")
    with seeded.database.sessions() as session:
        now = seeded.settings.now()
        assert [accounts.by_token(session, token, now) for token in tokens] == [None, None]
        assert accounts.by_token(session, kept, now) is not None
    assert run("token", "revoke", "kepala.mars").exit_code == 1


def test_a_year_is_loaded_shown_and_confirmed(run: Run) -> None:
    assert "2027  waits for its decree" in run("calendar", "show").output
    assert run("calendar", "show", "2031").exit_code == 1
    assert "closed days of 2030 are loaded" in run("calendar", "load", "2030").output
    assert "2030-01-01" in run("calendar", "show", "2030").output
    done = run("calendar", "confirm", "2030", "--decree", "SKB 9/2029")
    assert "The calendar of 2030 counts now: SKB 9/2029." in done.output
    assert "2030  confirmed on 2026-11-23  SKB 9/2029" in run("calendar", "show").output
    again = run("calendar", "load", "2030")
    assert "the calendar of 2030 is confirmed already" in again.output
    assert "it is not between 2000 and 2100" in run("calendar", "load", "1066").output
    assert "There is no calendar of 2031." in run("calendar", "confirm", "2031").output


def test_a_closed_day_is_told_then_entered_and_waits_for_an_administrator(
    untouched: Alur,
) -> None:
    run = command_line(untouched)
    asked = ("calendar", "close", "2026-11-25", "--name", "Banjir", "--decree", "Perwali 5")
    told = run(*asked, "--dry-run").output
    assert re.fullmatch(r"\d+ tasks of \d+ cases are due later, by \d days? at most\.\n", told)
    with untouched.database.sessions() as session:
        before = calendar_changes.pending(session)
    assert run(*asked).output.startswith(told)
    with untouched.database.sessions() as session:
        (entered,) = [one for one in calendar_changes.pending(session) if one not in before]
    assert (entered.what["day"], entered.entered_by) == ("2026-11-25", None)
    again = run("calendar", "close", "2026-12-25", "--name", "Natal", "--decree", "SKB")
    assert "this day is closed already" in again.output


def test_a_password_is_asked_for_twice_and_set(run: Run, seeded: Alur) -> None:
    typed = "kata-sandi-baru\nkata-sandi-baru\n"
    assert run("user", "password", "inspektur", typed=typed).exit_code == 0
    with seeded.database.sessions() as session:
        assert accounts.authenticate(session, "inspektur", "kata-sandi-baru")
    short = run("user", "password", "inspektur", typed="x\nx\n")
    assert "it is shorter than 10 characters" in short.output


def test_a_database_without_the_schema_is_told_what_to_do(
    databases: Databases, tmp_path: Path
) -> None:
    for database in opened(databases, "bare", None):
        result = create_app(settings(tmp_path), database).test_cli_runner().invoke(args=["seed"])
    assert result.exit_code == 1
    assert "run `make migrate` first" in result.output


def test_a_database_out_of_reach_is_told_in_a_sentence(tmp_path: Path) -> None:
    database = create_database(f"postgresql://nobody@/nothing?host={tmp_path}")
    result = create_app(settings(tmp_path), database).test_cli_runner().invoke(args=["seed"])
    database.close()
    assert result.exit_code == 1
    assert "cannot be used" in result.output


def test_a_pace_that_is_no_duration_is_refused(run: Run) -> None:
    result = run("rehearse", "--pace", "soon")
    assert result.exit_code == 2
    assert "--pace" in result.output


def test_a_rehearsal_tells_who_is_stuck_and_what_was_not_delivered(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Rehearsal, "run", lambda self, cases: iter([Step(3, None, None, is_stuck=True)])
    )
    monkeypatch.setattr("blueprints.rehearsing._deliver", lambda settings, database, wait: 4)
    result = run("rehearse")
    assert result.exit_code == 1
    assert "Nobody can act on case 3." in result.output
    assert "4 messages were not delivered" in result.output


def test_a_rehearsal_names_the_rule_that_is_broken(
    run: Run, seeded: Alur, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rehearsal, "run", lambda self, cases: iter(()))
    monkeypatch.setattr("blueprints.rehearsing._deliver", lambda settings, database, wait: 0)
    change = "UPDATE cases SET version = version {} 1 WHERE id = 3"
    for sign, status in (("+", 1), ("-", 0)):
        with seeded.database.sessions.begin() as session:
            session.execute(text(change.format(sign)))
        result = run("rehearse")
        assert result.exit_code == status
        assert ("BROKEN  each version" in result.output) == bool(status)
        assert ("case 3: version" in result.output) == bool(status)


def test_a_rehearsal_that_may_not_wait_says_what_is_left(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rehearsal, "run", lambda self, cases: iter(()))
    idle = SimpleNamespace(stop=lambda: None)  # a real one would hold messages as the clock stands
    monkeypatch.setattr("workflow.actors.start_embedded", lambda settings, database: idle)
    monkeypatch.setattr("blueprints.rehearsing._undelivered", lambda settings, database: 3)
    result = run("rehearse", "--wait", "0")
    assert "3 messages were not delivered within 0 seconds." in result.output


@pytest.mark.slow
def test_a_rehearsal_ends_everything_and_delivers_every_message(run: Run, seeded: Alur) -> None:
    result = run("rehearse")
    assert result.exit_code == 0, result.output
    assert "BROKEN" not in result.output
    with seeded.database.sessions() as session:
        assert session.scalar(select(func.count()).where(Case.outcome.is_(None))) == 0
        assert rehearsal.summary(session).mails > 0
    assert "in all" in result.output
