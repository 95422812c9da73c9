"""Administrators change a workflow in forms: few clicks, no YAML, nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text as sql

from blueprints.designer_words import without_english
from blueprints.edge import Alur
from states import library
from states.definition import Definition
from states.examining import examine
from states.wording import Words
from tests.databases import statements
from tests.workflow.factories import City
from workflow.database import Database

TEXT = library.text("program-proposal")


@pytest.fixture(scope="module", autouse=True)
def _second(city: City, city_database: Database) -> Iterator[None]:
    """A second administrator; no draft is left for others to meet."""
    with city_database.sessions.begin() as session:
        if "admin.kedua" not in city.people:
            own = City(session, city.agencies, city.positions, city.people, city.appointments)
            own.person("admin.kedua", administers=True)
            session.execute(
                sql("UPDATE people SET password_hash = 'x' WHERE username = 'admin.kedua'")
            )
    yield
    with city_database.sessions.begin() as session:
        session.execute(sql("UPDATE drafts SET status = 'discarded' WHERE status = 'draft'"))


class Browser:
    """Somebody who opens pages, follows links and sends forms; counts the clicks."""

    def __init__(self, client: FlaskClient, address: str) -> None:
        self.client, self.address = client, address
        self.clicks = 0
        self.page = ""
        self.open(address)

    def open(self, address: str) -> None:
        self.at = address
        answer = self.client.get(address)
        assert answer.status_code == 200, address
        self.page = answer.text

    def follow(self, words: str) -> None:
        """Click on a link, by a part of its address or its words."""
        links = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', self.page, re.DOTALL)
        found = next(
            unescape(href)
            for href, inside in links
            if words in unescape(href) or words in unescape(re.sub("<[^>]+>", "", inside)).strip()
        )
        self.clicks += 1
        self.open(found)

    def fields(self) -> dict[str, Any]:
        """What the boxes of the form hold."""
        form = re.search(r'<form [^>]*class="designer-form".*?</form>', self.page, re.DOTALL)
        assert form is not None
        html, found = form.group(), {}
        for box in re.findall(r"<input [^>]*>", html):
            name, kind = attribute(box, "name"), attribute(box, "type")
            if kind != "checkbox" or " checked" in box:
                found.setdefault(name, []).append(attribute(box, "value"))
        for name, inside in re.findall(
            r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL
        ):
            chosen = re.search(r'value="([^"]*)" selected', inside)
            first = re.search(r'value="([^"]*)"', inside)
            found[name] = unescape((chosen or first).group(1))  # type: ignore[union-attr]
        found.pop("csrf_token", None)
        return found

    def send(self, **typed: Any) -> Any:
        """Change some boxes and press the button; what stands in dots is written with __."""
        form = self.fields()
        for name, value in typed.items():
            assert name.replace("__", ".") in form or isinstance(value, list), name
            form[name.replace("__", ".")] = value
            self.clicks += 1
        self.clicks += 1
        answer = self.client.post(self.at, data=form)
        if answer.status_code == 303:
            self.open(answer.location)
        else:
            self.page = answer.text
        return answer

    @property
    def source(self) -> str:
        return self.client.get(f"{self.address}/text").text

    @property
    def definition(self) -> Definition:
        known = examine(self.source).definition
        assert known is not None
        return known


def attribute(tag: str, name: str) -> str:
    found = re.search(rf' {name}="([^"]*)"', tag)
    return unescape(found.group(1)) if found else ""


@pytest.fixture
def begun(app: Alur, desk: Callable[[str], FlaskClient]) -> Callable[..., Browser]:
    """A browser on a new draft of the programme proposal."""

    def begin(source: str = TEXT) -> Browser:
        client = desk("admin")
        address = str(client.post("/admin/drafts/").location)
        client.post(address, data={"source": source, "revision": 1})
        return Browser(client, address)

    return begin


def test_a_deadline_changes_in_three_clicks(begun: Callable[..., Browser]) -> None:
    draft = begun()
    draft.follow("step=review.planning.deciding")
    draft.send(within__amount="5")
    assert draft.clicks == 3
    expected = TEXT.replace(
        "within: 2 working days\n            verdicts",
        "within: 5 working days\n            verdicts",
    )
    assert draft.source == expected
    assert "semula 2 hari kerja, menjadi 5 hari kerja" in draft.page


def test_a_third_agency_reviews_in_at_most_five_clicks(begun: Callable[..., Browser]) -> None:
    draft = begun()
    draft.follow("step=review")
    draft.follow("Minta telaah perangkat daerah lain sebelumnya")
    draft.send(place="dinkes|head")
    assert draft.clicks <= 5
    definition = draft.definition
    assert definition.steps["checking"].actions["accept"].to[0].to == "dinkes_head_review"
    assert definition.parties["dinkes_head"].instead is not None
    assert examine(draft.source).findings == ()
    assert "step=dinkes_head_review" in draft.page


def test_the_review_is_put_side_by_side_in_at_most_five_clicks(
    begun: Callable[..., Browser],
) -> None:
    draft = begun()
    draft.follow("edit/review")
    draft.send(before="review", place="dinkes|head")
    draft.clicks = 0
    draft.follow("step=dinkes_head_review")
    draft.follow("edit/parallel")
    draft.send(other="review")
    assert draft.clicks <= 5
    assert list(draft.definition.steps["review"].tracks) == [
        "planning",
        "ict",
        "dinkes_head_review",
    ]


def test_a_fork_and_a_parallel_part_are_put_before_a_step(begun: Callable[..., Browser]) -> None:
    draft = begun()
    draft.follow("step=meeting")
    draft.follow("edit/fork")
    assert draft.send().status_code == 422
    assert draft.page.count('class="field-error"') == 2
    draft.send(
        if__0__what="total_budget >",
        if__0__amount="5.000.000",
        target="endorsement",
        name="Pagu besar",
        name_en="Large budget",
    )
    definition = draft.definition
    assert [way.to for way in definition.steps["pagu_besar"].route] == ["endorsement", "meeting"]
    assert definition.wording.find("step", "pagu_besar") == Words("Pagu besar", "Large budget")
    assert examine(draft.source).findings == ()
    draft.open(f"{draft.address}/edit/fork?step=review.ict.deciding")
    draft.send(if__0__what="mayoral_priority", target="merging", name="Prioritas")
    assert draft.definition.wording.find("step", "review.ict.prioritas") == Words("Prioritas")
    draft.follow("step=endorsing")
    draft.follow("edit/side-by-side")
    first, second = "agency__0__party", "agency__1__party"
    assert draft.send(**{first: "mayor", second: "mayor"}).status_code == 422
    assert draft.page.count('class="field-error"') == 1
    draft.send(
        **{first: "planning_head", second: "", "agency__1__place": "dinkes|head"},
        name="Telaah awal",
    )
    step = draft.definition.steps["telaah_awal"]
    assert list(step.tracks) == ["planning", "dinkes"]
    assert [rule.to for rule in step.tally] == ["rejected", "drafting", "endorsing"]
    assert examine(draft.source).findings == ()
    draft.open(f"{draft.address}/edit/side-by-side?step=endorsing")
    assert draft.send(**{first: "mayor"}).status_code == 422


def test_a_step_is_put_into_a_track_and_a_verdict_of_its_own_is_given(
    begun: Callable[..., Browser],
) -> None:
    draft = begun()
    draft.follow("step=review.planning.deciding")
    draft.follow("edit/step-before")
    assert draft.send().status_code == 422
    draft.send(party="planning_clerk", name="Catatan biro", name_en="Note", action="recommend")
    step = draft.definition.steps["review"].tracks["planning"].steps["catatan_biro"]
    assert step.actions["recommend"].to[0].to == "deciding"
    wording = draft.definition.wording
    assert wording.find("step", "review.planning.catatan_biro") == Words("Catatan biro", "Note")
    assert examine(draft.source).findings == ()
    draft.open(f"{draft.address}/edit/action?step=review.planning.catatan_biro")
    draft.send(own_name="Tidak berwenang", to__target="verdict:", means="return")
    actions = draft.definition.steps["review"].tracks["planning"].steps["catatan_biro"].actions
    assert actions["tidak_berwenang"].verdict == "tidak_berwenang"
    draft.follow("step=review")
    draft.follow("edit/tally")
    assert 'value="tidak_berwenang &gt;="' in draft.page


def test_a_third_agency_is_put_beside_the_others(begun: Callable[..., Browser]) -> None:
    draft = begun()
    draft.follow("step=review")
    draft.follow("edit/track")
    draft.send(place="dinkes|head", name="Telaah Dinas Kesehatan")
    assert "telaah_dinas_kesehatan" in draft.definition.steps["review"].tracks


def test_a_guard_on_the_budget_takes_at_most_five_clicks(begun: Callable[..., Browser]) -> None:
    draft = begun()
    draft.follow("step=after_meeting")
    draft.send(
        route__2__if__0__what="total_budget >",
        route__2__if__0__amount="5.000.000.000",
        route__2__target="endorsement",
    )
    assert draft.clicks <= 5
    assert "{when: total_budget > 5_000_000_000, to: endorsement}" in draft.source
    way = draft.definition.steps["after_meeting"].route[2]
    assert (str(way.when), way.to) == ("total_budget > 5_000_000_000", "endorsement")


def test_an_action_gets_a_guard_on_the_budget(begun: Callable[..., Browser]) -> None:
    draft = begun()
    draft.follow("step=endorsement")
    draft.follow("action=refuse")
    draft.send(when__0__what="total_budget >=", when__0__amount="Rp 1.000.000")
    assert draft.clicks <= 5
    assert "refuse: {to: rejected, when: total_budget >= 1_000_000}" in draft.source


REFUSING = "/edit/action?step=endorsement&action=refuse"


@pytest.fixture
def both(
    begun: Callable[..., Browser], desk: Callable[[str], FlaskClient]
) -> tuple[Browser, Browser]:
    """Two administrators, each with the form of the same action open."""
    draft = begun()
    other = Browser(desk("admin.kedua"), draft.address)
    for one in (draft, other):
        one.open(f"{draft.address}{REFUSING}")
    return draft, other


def refusal(draft: Browser) -> str:
    """Under what condition the endorsement can be refused, as it is written."""
    return str(draft.definition.steps["endorsement"].actions["refuse"].when)


def test_a_condition_counts_visits_asks_for_changes_and_has_brackets(
    begun: Callable[..., Browser],
) -> None:
    draft = begun()
    draft.follow("step=endorsement")
    draft.follow("action=refuse")
    assert '<optgroup label="Berapa kali di suatu langkah">' in draft.page
    draft.send(
        when__0__what="visits(revising) >=",
        when__0__amount="2",
        when__in0__kind="any",
        when__in0__0__what="changed.ict",
        when__in0__1__what="lane == strategic",
    )
    assert refusal(draft) == "visits(revising) >= 2 and (changed.ict or lane == strategic)"
    draft.follow("step=endorsement")
    draft.follow("action=refuse")
    assert draft.fields()["when.in0.1.what"] == "lane == strategic"
    draft.send(when__in0__kind="none", when__in0__2__what="total_budget >", when__join="or")
    assert draft.page.count('class="field-error"') == 1
    draft.send(when__in0__2__amount="5")
    inside = "changed.ict or lane == strategic or total_budget > 5"
    assert refusal(draft) == f"visits(revising) >= 2 or not ({inside})"
    draft.open(f"{draft.address}{REFUSING}")
    draft.send(when__0__what="", when__0__amount="", when__in0__1__what="", when__in0__2__what="")
    assert draft.page.count('class="field-error"') == 1
    draft.send(when__in0__2__amount="")
    assert refusal(draft) == "not changed.ict"
    draft.open(f"{draft.address}{REFUSING}")
    draft.send(when__0__what="")
    assert refusal(draft) == "None"


def test_a_condition_with_brackets_in_brackets_stays_a_text(begun: Callable[..., Browser]) -> None:
    guard = "new_application and (mayoral_priority or (in_master_plan and ict_blocked))"
    refused = f"sending_back\n      refuse: {{to: rejected, when: {guard}}}"
    text = TEXT.replace("sending_back\n      refuse: rejected", refused, 1)
    draft = begun(text)
    draft.open(f"{draft.address}{REFUSING}")
    assert draft.fields()["when.text"] == [guard]
    draft.send()
    assert draft.source == text
    draft.open(f"{draft.address}{REFUSING}")
    assert draft.send(when__text="new_application and (").status_code == 422
    assert draft.page.count('class="field-error"') == 1
    draft.send(when__text="new_application")
    assert refusal(draft) == "new_application"


def test_brackets_that_two_write_at_once_do_not_overwrite_each_other(
    both: tuple[Browser, Browser],
) -> None:
    draft, other = both
    other.send(when__0__what="mayoral_priority")
    typed = {"when.in0.0.what": "changed.ict", "when.in0.1.what": "lane == light"}
    answer = draft.send(**{name.replace(".", "__"): what for name, what in typed.items()})
    assert answer.status_code == 409
    assert {name: draft.fields()[name] for name in typed} == typed
    draft.send()
    assert refusal(draft) == "mayoral_priority and (changed.ict or lane == light)"


def test_what_two_add_in_the_same_boxes_is_both_there(
    both: tuple[Browser, Browser],
) -> None:
    draft, other = both
    inside = {"when__in0__1__what": "lane == light"}
    other.send(when__0__what="mayoral_priority", when__in0__0__what="changed.ict", **inside)
    typed = {"when__0__what": "new_application", "when__in0__0__what": "ict_blocked", **inside}
    assert draft.send(**typed, to__0__target="meeting").status_code == 409
    laid = draft.fields()
    assert (laid["when.0.what"], laid["when.1.what"]) == ("mayoral_priority", "new_application")
    assert (laid["when.in0.0.what"], laid["when.in1.0.what"]) == ("changed.ict", "ict_blocked")
    draft.send(to__0__target="")
    assert refusal(draft) == (
        "mayoral_priority and (changed.ict or lane == light)"
        " and new_application and (ict_blocked or lane == light)"
    )


def test_a_form_that_is_sent_as_it_came_changes_nothing(begun: Callable[..., Browser]) -> None:
    draft = begun()
    for form in (
        "due",
        "step?step=review.planning.assessing",
        "action?step=endorsement&action=refuse",
        "party?party=mayor",
        "rename?step=checking",
        "words",
    ):
        draft.open(f"{draft.address}/edit/{form}")
        assert draft.send().status_code == 303, form
        assert draft.source == TEXT, form


def test_what_things_are_called_is_said_beside_them_in_both_languages(
    begun: Callable[..., Browser],
) -> None:
    draft = begun()
    draft.follow("step=checking")
    draft.send(words__id="Cek berkas", words__en="Check of papers")
    assert draft.clicks <= 5
    written = "  steps: {checking: {id: Cek berkas, en: Check of papers}}"
    assert draft.source == f"{TEXT}wording:\n{written}\n"
    assert "Cek berkas" in draft.page
    draft.open(f"{draft.address}/edit/action?step=dormant")
    draft.send(own_name="Lepaskan", own_name_en="Let go", to__target="withdrawn", means="stop")
    draft.open(f"{draft.address}/edit/party")
    draft.send(place="dinsos|head", name="Kepala Dinsos")
    draft.open(f"{draft.address}/edit/review")
    draft.send(place="dinkes|head", name="Telaah Dinkes", name_en="Health review")
    wording = draft.definition.wording
    assert wording.find("action", "lepaskan") == Words("Lepaskan", "Let go")
    assert wording.find("party", "kepala_dinsos") == Words("Kepala Dinsos")
    assert wording.find("step", "telaah_dinkes") == Words("Telaah Dinkes", "Health review")
    missing, number = without_english(draft.definition)
    assert f"{missing} dari {number} nama belum memiliki sebutan" in draft.page
    draft.follow("edit/words")
    draft.send(
        party__kepala_dinsos__en="Social affairs",
        step__checking__id="Pemeriksaan kelengkapan",
        step__checking__en="Completeness check",
        verdict__approve__id="Setuju",
    )
    wording = draft.definition.wording
    assert wording.find("party", "kepala_dinsos") == Words("Kepala Dinsos", "Social affairs")
    assert wording.find("step", "checking") is None
    assert wording.find("verdict", "approve") == Words("Setuju", "approve")
    assert without_english(draft.definition) == (missing - 1, number)


def test_a_step_is_named_anew_by_its_indonesian_words_alone(begun: Callable[..., Browser]) -> None:
    draft = begun()
    draft.follow("step=review.ict.studying")
    draft.follow("edit/rename")
    draft.send(name_en="Study")
    assert draft.definition.wording.words == {
        "step": {"review.ict.studying": Words("Telaah teknis", "Study")}
    }
    draft.follow("step=review.ict.studying")
    draft.follow("edit/rename")
    draft.send(name="Kajian")
    wording = draft.definition.wording.words
    assert wording == {"step": {"review.ict.kajian": Words("Kajian", "Study")}}


def test_a_workflow_is_reworded_without_becoming_another(begun: Callable[..., Browser]) -> None:
    draft = begun()
    draft.follow("edit/name")
    draft.send(name="Usulan kota cerdas", same=["true"])
    key = draft.definition.key
    assert key == "program-proposal"
    assert draft.definition.wording.find("definition", key) == Words(
        "Usulan kota cerdas", "Programme proposal"
    )
    draft.follow("edit/name")
    draft.send(name="Usulan lain", name_en="")
    assert draft.definition.key == "usulan-lain"
    assert draft.definition.wording.find("definition", "usulan-lain") == Words("Usulan lain")


def test_words_that_cannot_be_are_told_beside_their_boxes(
    begun: Callable[..., Browser],
) -> None:
    draft = begun()
    draft.follow("edit/words")
    typed = {"step__checking__id": "", "party__mayor__id": "w" * 81, "party__mayor__en": "a\tb"}
    assert draft.send(**typed).status_code == 422
    assert draft.page.count('class="field-error"') == 3
    assert "Langkah: checking, Sebutan dalam bahasa Indonesia: Ini harus diisi." in draft.page
    assert "w" * 81 in draft.page
    assert draft.source == TEXT


def test_the_workflow_begins_elsewhere_and_gets_an_end_of_its_own(
    begun: Callable[..., Browser],
) -> None:
    draft = begun()
    draft.follow("edit/begin")
    draft.send(first="verifying", **{"first.review.ict": "studying"})
    assert draft.definition.initial == "verifying"
    assert draft.definition.steps["review"].tracks["ict"].initial == "studying"
    draft.follow("edit/end")
    assert draft.send(name="…").status_code == 422
    assert draft.page.count('class="field-error"') == 2
    draft.send(name="Dibekukan", name_en="Frozen", final="closed")
    assert "  dibekukan: {final: closed}\n" in draft.source
    assert draft.definition.wording.find("step", "dibekukan") == Words("Dibekukan", "Frozen")
    assert "Dibekukan" in draft.page
    assert "Tidak ada usulan yang pernah sampai di sini" in draft.page
    draft.follow("step=dibekukan")
    draft.send(final="cancelled", words__id="Dihentikan")
    assert draft.definition.steps["dibekukan"].final == "cancelled"
    draft.open(f"{draft.address}/edit/action?step=dormant")
    draft.send(own_name="Hentikan", to__target="dibekukan", means="stop")
    draft.follow("step=dibekukan")
    draft.follow("edit/remove-step")
    assert draft.send().status_code == 422
    draft.open(f"{draft.address}/edit/remove-action?step=dormant&action=hentikan")
    draft.send()
    draft.open(f"{draft.address}/edit/remove-step?step=dibekukan")
    assert "instead" not in draft.fields()
    draft.send()
    assert "dibekukan" not in draft.source


def test_facts_are_added_changed_and_taken_away(begun: Callable[..., Browser]) -> None:
    draft = begun()
    draft.follow("edit/fact")
    draft.follow("Ke konsep")
    draft.follow("fact=lane")
    draft.send(values="light, standard, strategic, Sangat mendesak")
    assert "lane: [light, standard, strategic, sangat_mendesak]" in draft.source
    draft.open(f"{draft.address}/edit/fact")
    assert draft.send(kind="enumeration").status_code == 422
    assert draft.page.count('class="field-error"') == 2
    draft.send(own_name="Sumber dana", kind="enumeration", values="APBD, APBN")
    assert draft.definition.facts["sumber_dana"].values == ("apbd", "apbn")
    draft.follow("fact=sumber_dana")
    draft.follow("edit/remove-fact")
    draft.send()
    assert "sumber_dana" not in draft.source
    before = draft.source
    draft.follow("fact=mayoral_priority")
    draft.follow("edit/remove-fact")
    assert draft.send().status_code == 422
    assert "“mayoral_priority” bukan fakta yang dinyatakan" in draft.page
    assert draft.source == before


def test_reminders_parties_and_what_goes_are_forms_too(begun: Callable[..., Browser]) -> None:
    draft = begun()
    draft.follow("edit/due")
    draft.send(
        reminders=["half way"], before__0__amount="2", late__3__amount="5", late__3__to="forum"
    )
    assert "reminders: [half way, 2 working days before]" in draft.source
    assert draft.source.endswith("  - {after: 5 working days, to: forum}\n")
    draft.follow("party=planning_head")
    draft.send(place="dinkes|head")
    assert "planning_head:    {agency: dinkes, post: head, instead:" in draft.source
    draft.open(f"{draft.address}/edit/party")
    draft.send(place="dinsos|head", name="Kepala Dinas Sosial")
    assert draft.definition.parties["kepala_dinas_sosial"].place is not None
    draft.follow("step=verifying")
    draft.follow("edit/remove-step")
    assert draft.send().status_code == 422
    draft.send(instead="endorsing")
    assert "verifying" not in draft.definition.steps
    draft.follow("step=national")
    draft.follow("edit/rename")
    assert draft.send(name="…").status_code == 422
    draft.send(name="Pertimbangan Kementerian")
    assert "pertimbangan_kementerian" in draft.definition.steps
    draft.follow("step=endorsement")
    draft.follow("action=refuse")
    draft.follow("edit/remove-action")
    draft.send()
    assert "refuse" not in draft.definition.steps["endorsement"].actions


def test_several_vote_where_one_was_asked_and_one_decides_again(
    begun: Callable[..., Browser],
) -> None:
    draft = begun(Path("tests/states/definitions/council-motion.yaml").read_text())
    draft.follow("step=agenda")
    draft.follow("edit/seats")
    assert draft.send(kind="party", party="").status_code == 422
    assert draft.page.count('class="field-error"') == 2
    draft.send(party="member", count="picked")
    assert draft.page.count('class="field-error"') == 1
    draft.send(kind="each", each=["clerk", "chair"])
    step = draft.definition.steps["agenda"]
    assert step.seats is not None
    assert step.seats.each == ("clerk", "chair")
    assert [rule.to for rule in step.tally] == ["tabling", "session"]
    draft.open(f"{draft.address}/edit/seats?step=agenda")
    draft.send(kind="one", party="chair")
    step = draft.definition.steps["agenda"]
    assert (step.party, step.actions["open"].to[0].to) == ("chair", "session")


def test_what_holds_side_by_side_and_who_is_apart_are_forms(
    begun: Callable[..., Browser],
) -> None:
    draft = begun()
    draft.follow("step=review")
    draft.follow("edit/again")
    assert draft.send(keep=[]).status_code == 422
    draft.send(keep=["approve"], after=["split", "returned"], unless_changed=[])
    assert "again: {keep: [approve], after: [split, returned]}" in draft.source
    draft.open(f"{draft.address}/edit/action?step=review")
    assert draft.send(own_name="Hentikan tunggu", closes=["true"]).status_code == 422
    draft.send(by=["city_secretary"])
    assert draft.definition.steps["review"].actions["hentikan_tunggu"].closes
    draft.open(f"{draft.address}/edit/again?step=review")
    draft.send(keep=[], after=[])
    assert draft.definition.steps["review"].again is None
    draft.open(f"{draft.address}/edit/tracks?step=review")
    draft.send(ict__0__what="new_application")
    assert draft.definition.steps["review"].tracks["ict"].when is not None
    draft.follow("edit/apart")
    assert draft.send(apart="pairs").status_code == 422
    assert draft.send(pair__0__0="drafter", pair__0__1="drafter").status_code == 422
    draft.send(pair__0__1="owner_head")
    assert draft.definition.apart == (frozenset({"drafter", "owner_head"}),)


def test_clocks_are_added_changed_and_taken_away(begun: Callable[..., Browser]) -> None:
    draft = begun()
    draft.open(f"{draft.address}/edit/clock")
    assert draft.send().status_code == 422
    assert draft.page.count('class="field-error"') == 3
    draft.send(
        own_name="Batas perbaikan",
        own_name_en="Time for revising",
        limit="12",
        starts="revising.lapse",
        runs=["revising"],
        own_basis="Perwali No. 5 Tahun 2024",
    )
    assert "Batas perbaikan" in draft.page
    called = draft.definition.wording.find("clock", "batas_perbaikan")
    assert called == Words("Batas perbaikan", "Time for revising")
    assert "12 hari kerja" in draft.page
    assert "Perwali No. 5 Tahun 2024" in draft.page
    draft.follow("clock=batas_perbaikan")
    draft.send(limit="1", basis="", own_basis="")
    clock = draft.definition.clocks["batas_perbaikan"]
    assert (clock.limit.amount, clock.runs, clock.basis) == (1, ("revising",), None)
    draft.follow("clock=batas_perbaikan")
    draft.follow("edit/remove-clock")
    draft.send()
    assert list(draft.definition.clocks) == ["planning", "ict"]


def test_a_body_outside_is_a_party_with_somebody_who_writes(begun: Callable[..., Browser]) -> None:
    draft = begun()
    draft.follow("party=ministry")
    draft.send(external="BSSN", via="planning_clerk")
    assert "ministry:         {external: BSSN, via: planning_clerk}" in draft.source
    draft.open(f"{draft.address}/edit/party")
    assert draft.send(external="Provinsi Lampung", place="dinkes|head").status_code == 422
    assert draft.page.count('class="field-error"') == 2
    draft.send(place="", via="planning_clerk")
    assert draft.definition.parties["provinsi_lampung"].via == "planning_clerk"
    draft.follow("party=provinsi_lampung")
    draft.follow("edit/remove-party")
    draft.send()
    assert "provinsi_lampung" not in draft.definition.parties


def test_what_stands_at_a_thing_is_said_in_both_languages(begun: Callable[..., Browser]) -> None:
    draft = begun()
    draft.follow("step=dormant")
    draft.send(owner_sees_en="Asleep")
    assert "    owner_sees: {id: Tertidur, en: Asleep}\n" in draft.source
    assert "semula Tertidur, menjadi Tertidur / Asleep" in draft.page
    draft.follow("party=ministry")
    assert draft.send(external="", external_en="Ministry").status_code == 422
    assert draft.page.count('class="field-error"') == 1
    draft.send(external="Komdigi", external_en="Bureau")
    said = "{external: {id: Komdigi, en: Bureau}, via: ict_clerk}"
    assert f"ministry:         {said}" in draft.source
    assert "Komdigi" in draft.page
    draft.open(f"{draft.address}?lang=en")
    assert ">Bureau<" in draft.page
    draft.open(f"{draft.address}?lang=id")
    draft.follow("step=dormant")
    draft.send(owner_sees_en="")
    assert "    owner_sees: Tertidur\n" in draft.source
    draft.follow("step=checking")
    draft.follow("action=accept")
    draft.send(words__done__id="Berkas lengkap", words__done__en="Papers complete")
    assert "done: {accept: {id: Berkas lengkap, en: Papers complete}}" in draft.source
    draft.follow("edit/words")
    assert draft.fields()["action.accept.done.en"] == ["Papers complete"]
    draft.send(action__accept__done__id="", action__accept__done__en="")
    assert "wording" not in draft.source


def test_what_has_no_word_yet_can_be_asked_for(begun: Callable[..., Browser]) -> None:
    draft = begun()
    draft.follow("step=checking")
    draft.follow("action=accept")
    assert draft.send(other_need_en="Statement").status_code == 422
    assert draft.send(other_need="…", other_need_en="").status_code == 422
    draft.send(other_need="Surat pernyataan", other_need_en="Statement")
    assert draft.definition.steps["checking"].actions["accept"].needs == ("surat_pernyataan",)
    assert draft.definition.wording.find("need", "surat_pernyataan") == Words(
        "Surat pernyataan", "Statement"
    )
    draft.open(f"{draft.address}/edit/action?step=checking&action=accept")
    assert "Surat pernyataan" in draft.page
    draft.send(needs=[])
    assert draft.source.rstrip() == TEXT.rstrip()
    draft.open(f"{draft.address}/edit/verb")
    draft.send(name="accept", other_need="Reason", other_need_en="")
    assert draft.definition.verbs["accept"].needs == ("reason",)
    draft.open(f"{draft.address}/edit/action?step=dormant")
    draft.send(own_name="Tutup", to__target="withdrawn", means="stop", other_need="Alasan tutup")
    wording = draft.definition.wording
    assert wording.find("need", "alasan_tutup") == Words("Alasan tutup")
    assert wording.find("action", "tutup") == Words("Tutup")


def test_what_verdicts_lead_to_together_is_a_form(begun: Callable[..., Browser]) -> None:
    draft = begun()
    draft.follow("step=review")
    draft.follow("edit/tally")
    draft.send(
        rule__0__if__0__amount="1",
        rule__0__early=["true"],
        rule__4__if__0__what="return ==",
        rule__4__if__0__amount="2",
        rule__4__target="meeting",
        rule__4__outcome="Dua pengembalian",
        last="endorsement",
    )
    assert "{outcome: both_refuse, when: reject == 1, early: true, to: rejected}" in draft.source
    rules = draft.definition.steps["review"].tally
    assert [(rule.outcome, str(rule.when), rule.to) for rule in rules[4:]] == [
        ("dua_pengembalian", "return == 2", "meeting"),
        ("approved", "None", "endorsement"),
    ]
    draft.open(f"{draft.address}/edit/tally?step=review")
    assert draft.send(rule__5__target="meeting").status_code == 422
    draft.open(f"{draft.address}/edit/tally?step=meeting")
    draft.send(rule__0__target="", rule__0__if__0__what="", rule__0__if__0__amount="")
    assert len(draft.definition.steps["meeting"].tally) == 1


def test_what_is_half_typed_of_an_escalation_is_told(begun: Callable[..., Browser]) -> None:
    draft = begun()
    draft.follow("edit/due")
    assert draft.send(late__0__amount="", before__0__amount="x").status_code == 422
    assert draft.page.count('class="field-error"') == 2
    assert draft.source == TEXT


def test_everything_wrong_is_told_beside_its_box_and_what_was_typed_is_kept(
    begun: Callable[..., Browser],
) -> None:
    draft = begun()
    draft.follow("step=checking")
    answer = draft.send(within__amount="soon", within__0__amount="4", on_lapse__0__target="review")
    assert answer.status_code == 422
    assert draft.page.count('class="field-error"') == 3
    assert draft.fields()["within.amount"] == ["soon"]
    assert draft.fields()["on_lapse.0.target"] == "review"
    answer = draft.send(
        within__amount="3", within__0__amount="", on_lapse__0__target="", party="nobody"
    )
    assert "Ini tidak ada dalam pilihan" in draft.page
    assert draft.source == TEXT


def test_what_would_make_the_text_unreadable_is_not_saved(begun: Callable[..., Browser]) -> None:
    draft = begun()
    draft.follow("step=checking")
    draft.follow("action=accept")
    answer = draft.send(to__target="", means="forward", snapshot=["true"])
    assert answer.status_code == 303
    draft.open(f"{draft.address}/edit/step?step=revising")
    answer = draft.send(within__amount="")
    assert answer.status_code == 422
    assert "Langkah tanpa batas waktu" in draft.page or "tenggat" in draft.page


def test_two_who_edit_do_not_overwrite_each_other(
    begun: Callable[..., Browser], desk: Callable[[str], FlaskClient]
) -> None:
    draft = begun()
    other = Browser(desk("admin.kedua"), draft.address)
    for one in (draft, other):
        one.follow("step=checking")
    other.send(within__amount="4", owner_sees="Diperiksa")
    answer = draft.send(party="planning_head", owner_sees="Sedang diperiksa")
    assert answer.status_code == 409
    assert "Ibu admin.kedua menyimpan konsep ini" in draft.page
    assert "semula 1 hari kerja, menjadi 4 hari kerja" in draft.page
    laid = draft.fields()
    assert laid["within.amount"] == ["4"]
    assert laid["party"] == "planning_head"
    assert laid["owner_sees"] == ["Sedang diperiksa"]
    draft.send()
    step = draft.definition.steps["checking"]
    assert (step.party, step.owner_sees) == ("planning_head", Words("Sedang diperiksa"))
    assert step.within[0].duration.amount == 4


def test_what_was_typed_stays_when_another_one_broke_the_text(
    begun: Callable[..., Browser], desk: Callable[[str], FlaskClient]
) -> None:
    draft = begun()
    draft.follow("step=checking")
    desk("admin.kedua").post(draft.address, data={"source": "steps: [", "revision": 2})
    answer = draft.send(within__amount="7")
    assert answer.status_code == 409
    assert draft.fields()["within.amount"] == ["7"]
    assert draft.client.get(draft.at).status_code == 404


def test_changes_are_undone_and_made_again(begun: Callable[..., Browser]) -> None:
    draft = begun()
    draft.follow("step=checking")
    draft.send(within__amount="4")
    changed = draft.source
    for button, expected in (("undo", TEXT), ("redo", changed), ("undo", TEXT)):
        revision = re.search(r'name="revision" value="(\d+)"', draft.page)
        assert revision is not None
        answer = draft.client.post(
            f"{draft.address}/{button}", data={"revision": revision.group(1)}
        )
        draft.open(answer.location)
        assert draft.source == expected
    draft.open(draft.client.post(f"{draft.address}/undo", data={"revision": 1}).location)
    assert "Tidak ada yang diurungkan" in draft.page
    assert draft.source == TEXT
    assert "Perubahan diurungkan" in draft.page


def test_an_action_is_added_under_a_known_name_or_an_own_one(
    begun: Callable[..., Browser],
) -> None:
    draft = begun()
    for typed in ({"name": "discard"}, {"own_name": "Serahkan ke Wali Kota"}):
        draft.open(f"{draft.address}/edit/action?step=dormant")
        draft.send(**typed, to__target="withdrawn", means="stop", needs=["reason"])
    actions = draft.definition.steps["dormant"].actions
    assert {"resume", "discard", "serahkan_ke_wali_kota"} == set(actions)
    draft.open(f"{draft.address}/edit/action?step=dormant")
    assert draft.send().status_code == 422
    assert draft.send(own_name="resume").status_code == 422


def test_an_action_gets_what_is_seldom_needed(begun: Callable[..., Browser]) -> None:
    draft = begun()
    draft.open(f"{draft.address}/edit/action?step=revising")
    draft.send(
        name="extend",
        own_name="",
        by=["owner_head"],
        letter="in",
        sets=["lane"],
        extends__amount="2",
        times="1",
        class__0__chosen="strategic",
        class__0__if__0__what="mayoral_priority",
    )
    assert draft.page.count('class="field-error"') == 1
    draft.send(name="", own_name="Minta waktu", by=["owner_head"], sets=["lane"])
    action = draft.definition.steps["revising"].actions["minta_waktu"]
    assert (action.letter, action.sets, action.times) == ("in", ("lane",), 1)
    assert action.extends is not None
    assert action.extends.amount == 2
    assert [(str(one.when), one.decision_class) for one in action.classes] == [
        ("mayoral_priority", "strategic"),
        ("None", "routine"),
    ]
    draft.open(f"{draft.address}/edit/action?step=review.ict.assigning&action=dispose")
    assert draft.send(picks="").status_code == 422
    assert "Tidak ada yang memilih" in draft.page


def test_verbs_and_what_can_be_done_at_any_time_are_forms(begun: Callable[..., Browser]) -> None:
    draft = begun()
    draft.follow("verb=refuse")
    draft.send(class__chosen="routine")
    assert "refuse:     {means: reject, needs: [reason, criterion]}" in draft.source
    draft.follow("action=cancel")
    assert draft.send(by=[], where="only").status_code == 422
    assert draft.page.count('class="field-error"') == 1
    draft.send(by=["city_secretary"], where="only", steps=["meeting"])
    assert "cancel:   {by: city_secretary, to: cancelled, only: [meeting]}" in draft.source
    draft.open(f"{draft.address}/edit/action")
    draft.send(own_name="Tunda", by=["city_secretary"], to__target="dormant", where="")
    assert "tunda" in draft.definition.anywhere
    draft.follow("action=tunda")
    draft.follow("edit/remove-action")
    draft.send()
    assert "tunda" not in draft.definition.anywhere


@pytest.mark.parametrize(
    "address",
    [
        "edit/nothing",
        "edit/step",
        "edit/step?step=nowhere",
        "edit/action?step=checking&action=nothing",
        "edit/track?step=checking",
        "edit/parallel?step=drafting",
        "edit/fork?step=drafting",
        "edit/step-before?step=drafting",
        "edit/fork?step=review.ict.assigning",
        "edit/fork?step=nowhere",
        "edit/side-by-side?step=drafting",
        "edit/side-by-side?step=review.ict.deciding",
        "edit/party?party=nobody",
        "edit/fact?fact=nothing",
        "edit/verb?verb=nothing",
        "edit/clock?clock=nothing",
        "edit/again?step=checking",
        "edit/seats?step=review",
        "edit/action?action=nothing",
        "edit/remove-fact?fact=nothing",
        "edit/tally?step=checking",
        "edit/remove-action?step=checking&action=nothing",
    ],
)
def test_a_form_about_nothing_is_not_found(begun: Callable[..., Browser], address: str) -> None:
    draft = begun()
    assert draft.client.get(f"{draft.address}/{address}").status_code == 404


def test_a_draft_in_approval_is_shown_without_forms(begun: Callable[..., Browser]) -> None:
    draft = begun(TEXT.replace("within: 1 working day", "within: 4 working days", 1))
    draft.client.post(f"{draft.address}/submit", data={"revision": 2})
    draft.open(draft.address)
    assert "edit/step" not in draft.page
    form = {"revision": 2, "party": "planning_clerk"}
    answer = draft.client.post(f"{draft.address}/edit/step?step=checking", data=form)
    assert answer.status_code in (403, 422)
    draft.client.post(f"{draft.address}/take-back")


def test_only_administrators_edit(
    begun: Callable[..., Browser], desk: Callable[[str], FlaskClient]
) -> None:
    draft = begun()
    head = desk("head.bapperida")
    assert head.get(f"{draft.address}/edit/step?step=checking").status_code == 403
    for action in ("edit/step?step=checking", "undo", "redo"):
        assert head.post(f"{draft.address}/{action}").status_code == 403


def test_a_form_asks_little_of_the_database(begun: Callable[..., Browser], app: Alur) -> None:
    draft = begun()
    for address in ("edit/step?step=checking", "edit/review"):
        draft.open(f"{draft.address}/{address}")
        with statements(app.database) as said:
            draft.open(f"{draft.address}/{address}")
        assert len(said) <= 11, said
