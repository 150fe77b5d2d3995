"""Every answer carries the headers of safety, failures show no code, limits hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.site import HOST, Site

PAGES = ("/", "/login", "/candidate/en", "/nothing", "/static/css/base.css", "/static/nothing", "/health", "/accounts")


@pytest.mark.parametrize("address", PAGES)
def test_headers(site: Site, address: str) -> None:
    headers = site.visitor().get(address).headers
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "server" not in headers
    assert ("no-store" in headers["cache-control"]) == (not address.startswith("/static/"))


def test_https_is_remembered(tmp_path: Path) -> None:
    assert "max-age" in Site(tmp_path, secure=True).visitor().get("/").headers["strict-transport-security"]


def test_another_host_is_refused(site: Site) -> None:
    assert site.visitor().get("/", headers={"host": "evil.test"}).status_code == 400


def test_a_failure_of_ours_shows_a_number_and_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr("lupercal.web.candidate.routes.preferred", broken)
    answer = Site(tmp_path).visitor().get("/candidate")
    assert answer.status_code == 500
    assert "has the number" in answer.text
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


def test_a_large_body_is_refused_whether_its_length_is_told_or_not(tmp_path: Path) -> None:
    site = Site(tmp_path, upload_bytes=1000)
    visitor = site.visitor()
    visitor.get("/login")
    assert visitor.post("/login", {"name": "x" * 2000}).status_code == 413
    untold = visitor.client.post(
        "/login",
        content=iter([b"name=" + b"x" * 600, b"x" * 600]),
        headers={"origin": f"http://{HOST}", "content-type": "application/x-www-form-urlencoded"},
    )
    assert untold.status_code == 413


def test_too_many_requests_are_told_to_wait(tmp_path: Path) -> None:
    visitor = Site(tmp_path, requests_per_minute=5).visitor()
    answers = [visitor.get("/health").status_code for _ in range(8)]
    assert answers[:5] == [200] * 5
    assert answers[-1] == 429


def test_people_behind_one_address_do_not_use_up_each_others_requests(tmp_path: Path) -> None:
    site = Site(tmp_path, requests_per_minute=5)
    first, second, stranger = site.signed_in("clinician"), site.signed_in("viewer"), site.visitor()
    assert [first.get("/account").status_code for _ in range(8)][-1] == 429
    assert second.get("/account").status_code == 200
    stranger.client.cookies.set("lupercal", "made up", domain=HOST)
    answers = []
    for turn in range(8):
        stranger.client.cookies.set("lupercal", f"made-up-{turn}", domain=HOST)
        answers.append(stranger.get("/health").status_code)
    assert answers[-1] == 429


def test_a_part_of_a_page_whose_session_ended_sends_the_whole_page_to_sign_in(site: Site) -> None:
    """Else the page of signing in would stand inside the page that asks for how far a job is."""
    headers = {"hx-request": "true", "hx-current-url": "http://clinic.test/patients/p-2222222222/forecasts?x=1"}
    address = "/patients/p-2222222222/forecasts/jobs/j-2222222222"
    answer = site.visitor().get(address, headers=headers, follow_redirects=False)
    assert (answer.status_code, answer.text) == (204, "")
    assert answer.headers["hx-redirect"] == "/login?next=/patients/p-2222222222/forecasts"


@pytest.mark.parametrize(
    "address",
    [
        "/candidate/en/question?name=%3Cscript%3E",
        "/candidate/<script>alert(1)</script>",
        "/<img src=x onerror=alert(1)>",
    ],
)
def test_what_an_address_says_is_not_repeated_as_code(site: Site, address: str) -> None:
    text = site.visitor().get(address).text
    assert "<script>alert" not in text
    assert "<img src=x" not in text


def test_the_log_holds_no_name_and_no_answer(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        visitor = site.visitor()
        visitor.sign_in("Zebulon-Quux", "wrong password here")
        visitor.get("/candidate/en/question?name=age")
        visitor.post("/candidate/en/question", {"name": "age", "answer": "47", "move": "on"})
    ours = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("lupercal"))
    assert "Zebulon" not in ours
    assert "47" not in ours
