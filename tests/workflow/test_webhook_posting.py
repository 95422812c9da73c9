"""Signatures after the specification, and posts that reach nothing inside, however it is asked."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.workflow.hooks import Receiver, receiving_hooks
from workflow.webhooks import addresses, signing
from workflow.webhooks.posting import Outbound

HERE = (ipaddress.ip_network("127.0.0.0/8"),)
OPEN = Outbound("k" * 32, HERE, https_only=False)
CERTIFICATE = Path(__file__).with_name("localhost.pem")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving_hooks() as receiver:
        yield receiver


def test_a_signature_is_the_one_of_the_specification() -> None:
    signed = signing.headers(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
    )
    assert signed == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_secret_needs_the_key_and_the_salt() -> None:
    made = {signing.secret(key, salt) for key in ("a" * 32, "b" * 32) for salt in ("1", "2")}
    assert len(made) == 4
    assert all(one.startswith("whsec_") and len(one) == 6 + 44 for one in made)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fec0::1",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2001:0:a00:1::",
    ],
)
def test_nothing_is_posted_inside(address: str) -> None:
    assert not addresses.is_open(ipaddress.ip_address(address), ())


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_the_world_is_open(address: str) -> None:
    assert addresses.is_open(ipaddress.ip_address(address), ())


def test_a_network_is_open_when_the_setting_says_so() -> None:
    allowed = (ipaddress.ip_network("10.20.0.0/16"),)
    assert addresses.is_open(ipaddress.ip_address("10.20.3.4"), allowed)
    assert addresses.is_open(ipaddress.ip_address("::ffff:10.20.3.4"), allowed)
    assert not addresses.is_open(ipaddress.ip_address("10.21.3.4"), allowed)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "not_an_address"),
        ("ftp://a.example/", "not_an_address"),
        ("https://", "not_an_address"),
        ("https://a.example:999999/", "not_an_address"),
        ("https://a.example/\r\nHost: b", "not_an_address"),
        ("https://a b.example/", "not_an_address"),
        ("https://user:word@a.example/", "more_than_an_address"),
        ("https://a.example/#here", "more_than_an_address"),
        ("http://a.example/", "not_https"),
        ("https://127.0.0.1/", "closed_address"),
        ("https://[::1]/", "closed_address"),
        ("https://localhost/", "closed_address"),
        ("https://a.example/" + "x" * 2000, "too_long"),
        ("https://a.example/hooks?city=metro", None),
    ],
)
def test_an_address_that_cannot_be_right_is_told_at_once(url: str, code: str | None) -> None:
    problem = addresses.problem(url, (), https_only=True)
    assert (problem and problem.code) == code


def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(receiver: Receiver) -> None:
    port = receiver.url.partition("127.0.0.1:")[2]
    answer = Outbound("k", https_only=False).post(f"http://localhost:{port}", {}, b"{}")
    assert answer.status is None
    assert "which is inside" in answer.words
    assert receiver.posted == []


def test_one_inside_address_among_several_closes_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def both(*_: object, **__: object) -> list[Any]:
        return [(2, 1, 6, "", (one, 443)) for one in ("8.8.8.8", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(addresses.Closed, match=r"10\.0\.0\.1"):
        addresses.resolve("both.example", 443, ())


def test_the_name_is_asked_once_and_the_connection_goes_where_was_looked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    ask = socket.getaddrinfo

    def rebinding(host: str, *rest: Any, **more: Any) -> Any:
        asked.append(host)
        return ask("127.0.0.1", *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    url = receiver.url.replace("127.0.0.1", "rebinding.example")
    assert OPEN.post(url, {}, b"{}").is_taken
    assert asked[0] == "rebinding.example"
    assert "rebinding.example" not in asked[1:]
    assert receiver.posted[0].headers["host"].startswith("rebinding.example:")


def test_what_is_posted_arrives_as_it_was_signed(receiver: Receiver) -> None:
    answer = OPEN.post(receiver.url, {"webhook-id": "evt_1"}, b'{"a":1}')
    assert (answer.status, answer.is_taken) == (204, True)
    (got,) = receiver.posted
    assert (got.path, got.body) == ("/hooks?from=alur", b'{"a":1}')
    assert got.headers["content-type"] == "application/json"
    assert got.headers["webhook-id"] == "evt_1"


def test_a_redirect_is_an_answer_and_not_followed(receiver: Receiver) -> None:
    receiver.status, receiver.headers = 302, {"Location": receiver.url}
    answer = OPEN.post(receiver.url, {}, b"{}")
    assert (answer.status, answer.is_taken) == (302, False)
    assert len(receiver.posted) == 1


def test_the_first_characters_of_an_answer_are_kept(receiver: Receiver) -> None:
    receiver.status, receiver.answer = 500, b"\0Galat \xff" + b"x" * 5000
    answer = OPEN.post(receiver.url, {}, b"{}")
    assert (answer.status, answer.is_taken) == (500, False)
    assert answer.words.startswith("Galat �xxx")
    assert len(answer.words) == 200


@pytest.mark.parametrize("how", ["is_hanging", "is_dripping"])
def test_a_receiver_that_does_not_come_to_an_end_is_left(receiver: Receiver, how: str) -> None:
    setattr(receiver, how, True)
    quick = Outbound("k", HERE, https_only=False, seconds_to_answer=0.2, seconds_in_all=0.4)
    answer = quick.post(receiver.url, {}, b"{}")
    assert (answer.status, answer.is_taken) == (None, False)
    assert answer.words


def test_nobody_at_home_is_an_answer_too() -> None:
    answer = OPEN.post("http://127.0.0.1:1/", {}, b"{}")
    assert (answer.status, answer.words[:22]) == (None, "ConnectionRefusedError")


def test_production_posts_by_https_only(receiver: Receiver) -> None:
    answer = Outbound("k", HERE).post(receiver.url, {}, b"{}")
    assert answer.status is None
    assert receiver.posted == []


def test_a_certificate_that_nobody_vouches_for_is_refused_and_a_good_one_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with receiving_hooks(str(CERTIFICATE)) as receiver:
        refused = Outbound("k", HERE).post(receiver.url, {}, b"{}")
        assert "CERTIFICATE_VERIFY_FAILED" in refused.words
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        assert Outbound("k", HERE).post(receiver.url, {}, b"{}").is_taken
        wrong = Outbound("k", HERE).post(receiver.url.replace("localhost", "127.0.0.1"), {}, b"{}")
        assert "CERTIFICATE_VERIFY_FAILED" in wrong.words
        assert len(receiver.posted) == 1
