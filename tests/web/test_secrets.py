"""Secrets and keys: handed over by the system or kept for their owner alone, replaced, and nothing lost by it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from sqlalchemy import select

from lupercal.errors import InputError, LupercalError
from lupercal.registry.opened import open_registry
from lupercal.web.accounts import sealing
from lupercal.web.accounts.inbox import Inbox, Letter
from lupercal.web.accounts.records import Account
from lupercal.web.accounts.resealing import DRAFT, SECOND_FACTOR, letter_purpose, reseal
from lupercal.web.accounts.sealing import Seal
from lupercal.web.accounts.store import AccountStore, accounts_in
from lupercal.web.accounts.tables import INBOX
from lupercal.web.handed_secrets import WEB_KEYS, handed_secret
from lupercal.web.serving import let_in_here, prepared
from lupercal.web.settings import KEY_FILE, WebSettings, put_new_key, settings_in
from tests.web.site import HASH, PASSWORD, Site
from tests.web.test_sign_in import code_of

NEW, OLD = bytes(range(32)), bytes(range(1, 33))


def begun(folder: Path, **given: str) -> tuple[WebSettings, list[str]]:
    said: list[str] = []
    settings = prepared(folder, demo=False, secure=False, hosts=(), database="", say=said.append, **given)
    return settings, said


def test_keys_are_handed_over_by_files_a_container_or_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    container, credentials = tmp_path / "run", tmp_path / "credentials"
    for folder in (container, credentials):
        folder.mkdir()
    assert handed_secret("web-keys", container) == ""
    (container / "lupercal-web-keys").write_text(NEW.hex(), encoding="utf-8")
    assert handed_secret("web-keys", container) == NEW.hex()
    (credentials / "lupercal-web-keys").write_text(OLD.hex() + "\n", encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    assert handed_secret("web-keys", container) == OLD.hex()
    named = tmp_path / "named"
    named.write_text(f"{NEW.hex()}\n{OLD.hex()}\n", encoding="utf-8")
    monkeypatch.setenv("LUPERCAL_WEB_KEYS_FILE", str(named))
    settings = settings_in(tmp_path / "clinic")
    assert (settings.key, settings.older_keys) == (NEW, (OLD,))
    assert not (tmp_path / "clinic" / KEY_FILE).exists()
    assert NEW.hex() not in repr(settings)


@pytest.mark.parametrize("text", ["", "\n", "abc", "zz" * 32, "00" * 31])
def test_a_key_that_is_none_is_refused_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    (tmp_path / "keys").write_text(text, encoding="utf-8")
    monkeypatch.setenv("LUPERCAL_WEB_KEYS_FILE", str(tmp_path / "keys"))
    with pytest.raises(InputError) as told:
        settings_in(tmp_path / "clinic")
    assert not text.strip() or text not in str(told.value)
    monkeypatch.setenv("LUPERCAL_WEB_KEYS_FILE", str(tmp_path / "not there"))
    with pytest.raises(InputError, match=WEB_KEYS):
        settings_in(tmp_path / "clinic")


def test_the_database_and_the_desk_s_secret_are_handed_over_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "url").write_text("postgresql:///clinic", encoding="utf-8")
    monkeypatch.setenv("LUPERCAL_DATABASE_FILE", str(tmp_path / "url"))
    assert settings_in(tmp_path / "clinic").registry == "postgresql:///clinic"


def test_the_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    settings_in(tmp_path / "clinic")
    assert (tmp_path / "clinic" / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "clinic").stat().st_mode & 0o777 == 0o700


def filled(folder: Path, key: bytes) -> AccountStore:
    site = Site(folder)
    site.store.change("viewer", second_factor=Seal(key, SECOND_FACTOR).closed(b"SECRET"))
    site.store.keep_draft("viewer", "visit p-1", Seal(key, DRAFT).closed(b"typed"))
    site.store.keep_draft("viewer", "import 7", Seal(key, "import 7").closed(b"rows"))
    letter = Letter(
        id="a", at=dt.datetime(2026, 1, 1), name="A", contact="b", language="en", consent="yes", document={}
    )
    assert Inbox(site.store, key).leave(letter)
    return site.store


def opened(store: AccountStore, key: bytes) -> list[bytes | None]:
    account = store.account("viewer")
    assert account is not None
    with store.engine.connect() as connection:
        letter = str(connection.execute(select(INBOX.c.sealed)).scalar())
    texts = {
        SECOND_FACTOR: account.second_factor, DRAFT: store.draft("viewer", "visit p-1"),
        "import 7": store.draft("viewer", "import 7"), letter_purpose("a"): letter,
    }  # fmt: skip
    return [Seal(key, purpose).opened(text) for purpose, text in texts.items()]


def test_a_new_key_takes_over_and_what_the_old_one_sealed_is_kept(tmp_path: Path) -> None:
    store = filled(tmp_path, OLD)
    assert reseal(store, NEW, (OLD,)) == 4
    plain = opened(store, NEW)
    assert plain[:3] == [b"SECRET", b"typed", b"rows"]
    assert json.loads(plain[3] or b"")["name"] == "A"
    assert opened(store, OLD) == [None] * 4
    assert reseal(store, NEW, (OLD,)) == 0


def test_another_cipher_takes_over_and_what_the_first_sealed_is_sealed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled(tmp_path, NEW)
    monkeypatch.setattr(sealing, "IN_USE", "2")
    assert opened(store, NEW)[:3] == [b"SECRET", b"typed", b"rows"]
    assert reseal(store, NEW, ()) == 4
    assert opened(store, NEW)[:3] == [b"SECRET", b"typed", b"rows"]
    account = store.account("viewer")
    assert account is not None
    assert account.second_factor.startswith("2.")
    assert Seal(NEW, "other").opened(account.second_factor) is None


def test_what_was_sealed_before_ciphers_had_marks_still_opens() -> None:
    unmarked = Seal(NEW, DRAFT).closed(b"typed").partition(".")[2]
    assert Seal(NEW, DRAFT).opened(unmarked) == b"typed"
    assert not Seal(NEW, DRAFT).is_current(unmarked)
    assert Seal(NEW, DRAFT).opened("9." + unmarked) is None


def test_a_start_with_a_new_key_seals_anew_and_forgets_the_old_one(tmp_path: Path) -> None:
    first = Site(tmp_path).settings
    filled(tmp_path, first.key)
    put_new_key(tmp_path)
    second, _ = begun(tmp_path)
    assert second.key != first.key
    assert opened(accounts_in(tmp_path), second.key)[:3] == [b"SECRET", b"typed", b"rows"]
    third, _ = begun(tmp_path)
    assert (third.key, third.older_keys) == (second.key, ())


def test_no_account_has_a_name_that_is_known_beforehand(tmp_path: Path) -> None:
    (one, _), (other, said) = begun(tmp_path / "one"), begun(tmp_path / "other")
    names = [accounts_in(settings.folder).accounts() for settings in (one, other)]
    assert [len(found) for found in names] == [1, 1]
    assert names[0][0].name != names[1][0].name
    assert not {"admin", "root", "administrator"} & {found[0].name for found in names}
    assert names[1][0].name in said[-1]
    assert accounts_in(begun(tmp_path / "named", first="k.meyer")[0].folder).account("k.meyer") is not None


def test_every_role_needs_a_second_factor_in_a_clinic_that_is_no_demo(tmp_path: Path) -> None:
    settings, _ = begun(tmp_path)
    site = Site(settings.folder)
    for role in ("admin", "clinician", "statistician"):
        site.store.add(Account(name=role, full_name="", role=role, password_hash=HASH))
    assert site.store.roles_with_second_factor() >= {"admin", "clinician", "coordinator", "viewer", "auditor"}
    for role in ("admin", "clinician", "statistician"):
        page = site.signed_in(role).get("/patients" if role != "admin" else "/accounts")
        assert page.url.path == "/account"
        assert "until then only this page is open to you" in page.text


def test_somebody_locked_out_is_let_in_at_the_machine_and_the_audit_says_so(tmp_path: Path) -> None:
    settings, _ = begun(tmp_path, first="keeper")
    accounts_in(tmp_path).change("keeper", second_factor="x", password_hash=HASH, must_change=False)
    said: list[str] = []
    let_in_here(settings, "keeper", said.append)
    account = accounts_in(tmp_path).account("keeper")
    assert account is not None
    assert (account.second_factor, account.must_change) == ("", True)
    site = Site(tmp_path)
    assert site.visitor().sign_in("keeper", PASSWORD).status_code == 401
    assert site.visitor().sign_in("keeper", said[0].rpartition(" ")[2]).status_code == 303
    with open_registry(settings.registry) as registry:
        assert "let in again" in [entry.action for entry in registry.audit.entries()]
    with pytest.raises(LupercalError, match="no account nobody"):
        let_in_here(settings, "nobody", said.append)


def test_the_first_day_of_an_administrator(tmp_path: Path) -> None:
    """From the password that the start prints to an account for somebody else."""
    settings, said = begun(tmp_path, first="keeper")
    site = Site(settings.folder)
    visitor = site.visitor()
    visitor.sign_in("keeper", said[-1].rpartition(" ")[2])
    assert visitor.get("/").url.path == "/account"
    visitor.post("/account/password", {"old": said[-1].rpartition(" ")[2], "new": "seven blue lamps by night"})
    page = visitor.get("/accounts")
    assert page.url.path == "/account"
    sealed = page.text.partition('name="sealed" value="')[2].partition('"')[0]
    secret = page.text.partition('<p class="key"><code>')[2].partition("<")[0]
    visitor.post("/account/second-factor", {"sealed": sealed, "code": code_of(secret, site)})
    assert visitor.get("/").url.path == "/accounts"
    made = visitor.post("/accounts", {"name": "c.miller", "full_name": "C. Miller", "role": "clinician"})
    assert "shown only now" in made.text
    site.clock.forward(minutes=2)
    again = site.visitor()
    assert again.sign_in("keeper", "seven blue lamps by night").headers["location"] == "/login/code"
