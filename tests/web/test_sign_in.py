"""Signing in: sessions that end, ids that change, delays that grow, a second factor that counts once."""

from __future__ import annotations

import re
from datetime import UTC
from pathlib import Path
from typing import Any

import pyotp
import pytest

from lupercal.errors import InputError
from lupercal.web.accounts import passwords
from lupercal.web.accounts.passwords import check_password, is_password
from lupercal.web.accounts.sealing import Seal
from lupercal.web.accounts.sessions import MOST_SESSIONS, SignIn
from tests.web.site import HASH, PASSWORD, Site

SECRET = pyotp.random_base32()


@pytest.fixture
def fresh(tmp_path: Path) -> Site:
    return Site(tmp_path)


def cookie(answer: Any) -> str:
    return next(str(line) for line in answer.headers.get_list("set-cookie") if "lupercal=" in line)


def test_a_session_begins_with_a_new_id_and_ends_with_signing_out(fresh: Site) -> None:
    visitor = fresh.visitor()
    visitor.get("/login")
    visitor.client.cookies.set("lupercal", "fixed-before")
    first = cookie(visitor.sign_in("clinician"))
    assert "fixed-before" not in first
    assert visitor.get("/account").url.path == "/account"
    assert cookie(visitor.sign_in("clinician")) != first
    visitor.get("/account")
    visitor.post("/logout")
    assert visitor.get("/account").url.path == "/login"


def test_cookies_are_closed_to_scripts_and_other_sites(tmp_path: Path) -> None:
    plain = cookie(Site(tmp_path / "plain").visitor().sign_in("admin"))
    assert "HttpOnly" in plain
    assert "SameSite=lax" in plain
    secure = cookie(Site(tmp_path / "secure", secure=True).visitor().sign_in("admin"))
    assert secure.startswith("__Host-lupercal=")
    assert "Secure" in secure
    assert "Path=/" in secure
    assert "Domain" not in secure


def test_an_idle_session_ends_and_an_old_one_too(fresh: Site) -> None:
    visitor = fresh.visitor()
    visitor.sign_in("clinician")
    fresh.clock.forward(minutes=14)
    assert visitor.get("/account").url.path == "/account"
    fresh.clock.forward(minutes=16)
    assert visitor.get("/account").url.path == "/login"
    visitor.sign_in("clinician")
    for _ in range(75):
        fresh.clock.forward(minutes=10)
        page = visitor.get("/account")
    assert page.url.path == "/login"


def test_an_unknown_name_gets_the_same_answer(fresh: Site) -> None:
    known, unknown = fresh.visitor().sign_in("admin", "wrong"), fresh.visitor().sign_in("nobody", "wrong")
    assert known.status_code == unknown.status_code == 401
    assert "Name or password is not right" in known.text
    assert "Name or password is not right" in unknown.text


def test_an_unknown_name_costs_a_whole_comparison(fresh: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is the same because the same work is done; the time itself is no matter of a test."""
    done: list[str | None] = []

    def noted(_: str, kept: str | None) -> bool:
        done.append(kept)
        return False

    monkeypatch.setattr("lupercal.web.accounts.sessions.is_password", noted)
    fresh.visitor().sign_in("nobody", "wrong")
    fresh.visitor().sign_in("admin", "wrong")
    assert done == [None, HASH]


@pytest.mark.parametrize("name", ["admin", "nobody"])
def test_failures_bring_a_delay_that_grows(fresh: Site, name: str) -> None:
    answers = [fresh.visitor().sign_in(name, "wrong").text for _ in range(4)]
    assert ["Please wait" in text for text in answers] == [False, False, False, True]
    fresh.clock.forward(seconds=2)
    assert "Please wait" not in fresh.visitor().sign_in(name, "wrong").text
    fresh.clock.forward(seconds=1)
    assert "Please wait" in fresh.visitor().sign_in(name, "wrong").text
    for _ in range(30):
        fresh.clock.forward(minutes=16)
        assert "Please wait" not in fresh.visitor().sign_in(name, "wrong").text
    fresh.clock.forward(minutes=14)
    assert "Please wait" in fresh.visitor().sign_in(name).text


def test_the_right_password_is_refused_during_a_delay_and_taken_after_it(fresh: Site) -> None:
    for _ in range(3):
        fresh.visitor().sign_in("admin", "wrong")
    assert fresh.visitor().sign_in("admin").status_code == 401
    fresh.clock.forward(minutes=1)
    assert fresh.visitor().sign_in("admin").status_code == 303


def with_second_factor(site: Site) -> None:
    sealed = Seal(site.settings.key, "second factor").closed(SECRET.encode())
    site.store.change("clinician", second_factor=sealed)


def code_of(secret: str, site: Site) -> str:
    return str(pyotp.TOTP(secret).at(int(site.clock.now.replace(tzinfo=UTC).timestamp())))


def test_the_second_factor_is_asked_for_and_counts_once(fresh: Site) -> None:
    with_second_factor(fresh)
    visitor = fresh.visitor()
    assert visitor.sign_in("clinician").headers["location"] == "/login/code"
    assert visitor.get("/account").url.path == "/login/code"
    assert visitor.post("/login/code", {"code": "000000"}).status_code == 401
    code = code_of(SECRET, fresh)
    assert visitor.post("/login/code", {"code": code}, follow_redirects=False).headers["location"] == "/"
    assert visitor.get("/account").url.path == "/account"
    again = fresh.visitor()
    again.sign_in("clinician")
    again.get("/login/code")
    assert again.post("/login/code", {"code": code}).status_code == 401


def test_a_second_factor_is_set_up_only_with_its_code(fresh: Site) -> None:
    visitor = fresh.signed_in("clinician")
    page = visitor.get("/account").text
    sealed = page.partition('name="sealed" value="')[2].partition('"')[0]
    secret = page.partition('<p class="key"><code>')[2].partition("<")[0]
    assert visitor.post("/account/second-factor", {"sealed": sealed, "code": "123"}).status_code == 422
    code = code_of(secret, fresh)
    assert visitor.post("/account/second-factor", {"sealed": "made up", "code": code}).status_code == 422
    assert visitor.post("/account/second-factor", {"sealed": sealed, "code": code}).status_code == 200
    account = fresh.store.account("clinician")
    assert account is not None
    assert SignIn(fresh.store, fresh.settings).seal.opened(account.second_factor) == secret.encode()


def test_a_changed_password_ends_the_other_sessions(fresh: Site) -> None:
    one, other = fresh.signed_in("viewer"), fresh.signed_in("viewer")
    one.get("/account")
    new = "another four words, please"
    assert one.post("/account/password", {"old": "wrong", "new": new}).status_code == 422
    assert one.post("/account/password", {"old": PASSWORD, "new": "short"}).status_code == 422
    assert one.post("/account/password", {"old": PASSWORD, "new": new}).url.path == "/account"
    assert other.get("/account").url.path == "/login"
    assert is_password(new, fresh.store.account("viewer").password_hash)  # type: ignore[union-attr]


@pytest.mark.parametrize("password", ["short", "password1234", "aaaaaaaaaaaaaaaa", "administrator", "x" * 300])
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(InputError) as refused:
        check_password(password, "ann")
    assert password not in str(refused.value)


def test_a_closed_account_is_out_at_once(fresh: Site) -> None:
    viewer, admin = fresh.signed_in("viewer"), fresh.signed_in("admin")
    admin.get("/accounts")
    admin.post("/accounts/viewer/state", {"active": "no"})
    assert viewer.get("/account").url.path == "/login"
    assert fresh.visitor().sign_in("viewer").status_code == 401


@pytest.mark.parametrize("address", ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)", "x"])
def test_signing_in_leads_to_no_other_site(fresh: Site, address: str) -> None:
    visitor = fresh.visitor()
    visitor.get("/login", params={"next": address})
    given = {"name": "admin", "password": PASSWORD, "next": address}
    assert visitor.post("/login", given, follow_redirects=False).headers["location"] == "/"


def test_a_password_counts_to_its_last_sign() -> None:
    longest = "four words and more" + "x" * (passwords.MOST - 19)
    kept = passwords.hashed(longest)
    assert is_password(longest, kept)
    assert not is_password(longest + "y", kept)
    assert not is_password(longest[:-1], kept)
    assert not is_password(longest.upper(), kept)


def other_sessions(page: str) -> list[str]:
    return re.findall(r"/account/sessions/(\w+)/end", page)


def test_own_sessions_are_listed_and_ended_one_by_one_or_at_once(fresh: Site) -> None:
    first, second, last = (fresh.signed_in("clinician") for _ in range(3))
    stranger = fresh.signed_in("viewer")
    page = first.get("/account").text
    assert page.count(">this browser<") == 1
    (one, *_) = other_sessions(page)
    stranger.get("/account")
    stranger.post(f"/account/sessions/{one}/end")
    assert len(other_sessions(first.get("/account").text)) == 2
    assert second.get("/account").url.path == last.get("/account").url.path == "/account"
    first.get("/account")
    first.post("/account/sessions/end")
    assert first.get("/account").url.path == "/account"
    assert {second.get("/account").url.path, last.get("/account").url.path} == {"/login"}
    assert stranger.get("/account").url.path == "/account"


def test_one_session_is_ended_and_the_others_stay(fresh: Site) -> None:
    first, second = fresh.signed_in("clinician"), fresh.signed_in("clinician")
    fresh.clock.forward(seconds=30)
    first.get("/account")
    for one in other_sessions(first.get("/account").text):
        first.post(f"/account/sessions/{one}/end")
    assert first.get("/account").url.path == "/account"
    assert second.get("/account").url.path == "/login"


def test_an_account_has_so_many_sessions_and_an_administrator_ends_them(fresh: Site) -> None:
    browsers = [fresh.signed_in("clinician") for _ in range(MOST_SESSIONS + 1)]
    assert sum(one.get("/account").url.path == "/account" for one in browsers) == MOST_SESSIONS
    admin = fresh.signed_in("admin")
    assert "End<span" in admin.get("/accounts").text
    admin.post("/accounts/clinician/sign-out")
    assert all(one.get("/account").url.path == "/login" for one in browsers)
    assert fresh.visitor().sign_in("clinician").status_code == 303


def test_what_signs_somebody_in_is_changed_only_by_who_tells_the_password_again(fresh: Site) -> None:
    visitor = fresh.signed_in("clinician")
    fresh.clock.forward(minutes=6)
    page = visitor.get("/account").text
    assert page.count("Password, once more") == 2
    sealed = page.partition('name="sealed" value="')[2].partition('"')[0]
    secret = page.partition('<p class="key"><code>')[2].partition("<")[0]
    token = {"label": "R", "scope": ["read"], "days": "5"}
    given = {"sealed": sealed, "code": code_of(secret, fresh)}
    for wrong in ({}, {"password": "wrong"}):
        assert visitor.post("/account/second-factor", given | wrong).status_code == 422
        assert visitor.post("/account/tokens", token | wrong).status_code == 422
    kept = fresh.store.account("clinician")
    assert kept is not None
    assert not kept.second_factor
    assert visitor.post("/account/tokens", token | {"password": PASSWORD}).status_code == 422, (
        "after failures one waits"
    )
    fresh.clock.forward(minutes=2)
    assert "shown only now" in visitor.post("/account/tokens", token | {"password": PASSWORD}).text


COMMON = (
    "123456789012",
    "password1234",
    "qwertyuiop123",
    "Passw0rd2026!",
    "iloveyou1234",
    "dragondragon",
    "1q2w3e4r5t6y",
)


@pytest.mark.parametrize("password", [*COMMON, "lupercallupercal", "clinician2026", "rheumatology1", "aaaaaaaaaaaaaa"])
def test_a_password_that_is_soon_guessed_is_refused(password: str) -> None:
    with pytest.raises(InputError, match=r"easy to guess|others have used") as told:
        check_password(password, "clinician")
    assert password not in str(told.value)


@pytest.mark.parametrize("password", ["seven blue lamps by night", "vR3-kw9Lq_0ttz", "Herbstlaub faellt leise " * 4])
def test_a_password_that_is_hard_to_guess_is_taken(password: str) -> None:
    check_password(password, "clinician")
