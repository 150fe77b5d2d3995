"""Passwords that others have used: the most common ones and those of a list of breaches are refused."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import yaml
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal.errors import InputError
from lupercal.web.accounts import passwords
from lupercal.web.accounts.known_passwords import BREACHED, COMMON, is_breached, is_common
from lupercal.web.accounts.passwords import check_password
from tests.web.site import PASSWORD, Site

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
HARD = "seven blue lamps by night"


def sha1(password: str) -> str:
    return hashlib.sha1(password.encode()).hexdigest().upper()


def written(folder: Path, *known: str, count: bool = True, ending: str = "\n") -> Path:
    path = folder / BREACHED
    lines = sorted(sha1(password) + (":17" if count else "") for password in known)
    path.write_bytes(("".join(line + ending for line in lines)).encode())
    return path


def test_the_list_of_common_passwords_is_what_its_card_says() -> None:
    card = yaml.safe_load(COMMON.with_suffix(".yaml").read_text(encoding="utf-8"))
    lines = COMMON.read_text(encoding="ascii").split()
    assert len(set(lines)) == len(lines) == card["number"] >= 3000
    assert card["signs"] == passwords.LEAST
    assert lines == sorted(lines)
    assert {"licence", "source", "source_sha256"} <= set(card)


@pytest.mark.parametrize(
    "password", ["123qweasdzxc", "1qaz2wsx3edc", "QWERTY123456", "mailcreated5240", "polniypizdec0211", "fyfcnfcbz555"]
)
def test_a_password_that_others_have_used_is_refused(password: str) -> None:
    assert is_common(password)
    with pytest.raises(InputError, match="others have used") as told:
        check_password(password, "ann")
    assert password not in str(told.value)


def test_a_password_of_a_breach_is_refused_where_the_clinic_keeps_a_list(tmp_path: Path) -> None:
    check_password(HARD, "ann", tmp_path)
    written(tmp_path, HARD, "another one of them")
    with pytest.raises(InputError, match="others have used"):
        check_password(HARD, "ann", tmp_path)
    check_password(HARD + "!", "ann", tmp_path)


@settings(max_examples=60, deadline=None)
@given(
    known=st.sets(TEXT, max_size=40), other=TEXT,
    count=st.booleans(), ending=st.sampled_from(["\n", "\r\n"]),
)  # fmt: skip
def test_every_password_of_the_list_is_found_and_no_other(
    tmp_path_factory: pytest.TempPathFactory, known: set[str], other: str, count: bool, ending: str
) -> None:
    path = written(tmp_path_factory.mktemp("list"), *known, count=count, ending=ending)
    assert all(is_breached(password, path) for password in known)
    assert is_breached(other, path) == (other in known)


def test_a_list_that_is_none_is_told_of_and_lets_nothing_pass(tmp_path: Path) -> None:
    (tmp_path / BREACHED).write_text("letmein\npassword\n", encoding="utf-8")
    with pytest.raises(InputError, match="SHA-1"):
        check_password(HARD, "ann", tmp_path)


def test_the_page_of_ones_account_refuses_such_a_password(tmp_path: Path) -> None:
    site = Site(tmp_path)
    visitor = site.signed_in("viewer")
    written(tmp_path, HARD)
    for new in ("123qweasdzxc", HARD):
        visitor.get("/account")
        answer = visitor.post("/account/password", {"old": PASSWORD, "new": new})
        assert answer.status_code == 422
        assert "on lists" in answer.text
        assert new not in answer.text


def test_a_hash_of_older_settings_is_made_anew_at_sign_in(tmp_path: Path) -> None:
    site = Site(tmp_path)
    older = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    site.store.change("viewer", password_hash=older)
    assert site.visitor().sign_in("viewer", "wrong").status_code == 401
    assert site.store.account("viewer").password_hash == older  # type: ignore[union-attr]
    assert site.visitor().sign_in("viewer").status_code == 303
    kept = site.store.account("viewer").password_hash  # type: ignore[union-attr]
    assert kept != older
    assert not passwords.is_outdated(kept)
    assert site.visitor().sign_in("viewer").status_code == 303
