"""Backup and restore in the browser, and second factors that a role needs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lupercal.patient.cases import read_case
from lupercal.registry.erasure import erase
from lupercal.registry.opened import Registry
from lupercal.registry.records import Identity
from tests.web.site import Site
from tests.web.test_sign_in import code_of


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def registry_of(site: Site) -> Registry:
    found: Registry = site.app.state.workbench.registry
    return found


def enrolled(site: Site, name: str) -> str:
    identity = Identity(given_name=name, family_name="Test")
    case = read_case("example-nephritis")
    return registry_of(site).patients.enrol(case, by="test", identity=identity).id


def backed_up(site: Site) -> tuple[str, bytes]:
    admin = site.signed_in("admin")
    admin.get("/keeping")
    page = admin.post("/keeping/backups")
    assert "digest" in page.text
    name = re.search(r"registry-[\w-]+\.backup", page.text)
    assert name is not None
    return name[0], admin.get(f"/keeping/backups/{name[0]}").content


def test_a_backup_is_put_back_and_the_workbench_goes_on(site: Site) -> None:
    patient = enrolled(site, "Ada")
    name, content = backed_up(site)
    assert b"Ada" not in content
    registry_of(site).visits.enter(patient, by="test", day=9, values={"igg": 7.0})
    admin = site.signed_in("admin")
    admin.get("/keeping")
    for given in ({"name": name}, {"name": name, "word": "yes"}, {"word": "restore"}, {"name": "x", "word": "restore"}):
        assert admin.post("/keeping/restore", given).status_code == 422
    assert len(registry_of(site).visits.of_patient(patient)) == 3
    page = admin.post("/keeping/restore", {"name": name, "word": "restore"})
    assert "the audit is whole" in page.text
    assert len(registry_of(site).visits.of_patient(patient)) == 2
    assert registry_of(site).verify(records=True).whole
    assert "Ada Test" in site.signed_in("clinician").get(f"/patients/{patient}").text
    registry_of(site).visits.enter(patient, by="test", day=9, values={"igg": 7.0})
    assert len(list(site.settings.folder.glob("registry-before-*.db"))) == 1
    assert not list(site.settings.folder.glob("restored-*"))


def test_a_backup_that_is_sent_does_not_bring_back_who_was_erased(site: Site) -> None:
    patient, kept = enrolled(site, "Ada"), read_case("ozek-case-1")
    registry_of(site).patients.enrol(kept, by="test")
    _, content = backed_up(site)
    erase(registry_of(site), patient, by="test", why="asked for")
    admin = site.signed_in("admin")
    admin.get("/keeping")
    page = admin.post("/keeping/restore", {"word": "Restore"}, files={"file": ("old.backup", content)})
    assert "Forgotten again" in page.text
    assert patient not in {one.id for one in registry_of(site).patients.all()}
    assert len(registry_of(site).patients.all()) == 1
    assert not list((site.settings.folder / "uploads").iterdir())


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\x00", b"nothing" * 1000])
def test_what_is_no_backup_changes_nothing(site: Site, content: bytes) -> None:
    patient = enrolled(site, "Ada")
    admin = site.signed_in("admin")
    admin.get("/keeping")
    page = admin.post("/keeping/restore", {"word": "restore"}, files={"file": ("x", content)})
    assert page.status_code == 422
    assert "Traceback" not in page.text
    assert registry_of(site).patients.get(patient).id == patient
    assert not list(site.settings.folder.glob("restored-*"))


@pytest.mark.parametrize("name", ["../web.key", "..%2Fweb.key", "registry.db", "registry.db.keys"])
def test_no_other_file_of_the_folder_is_handed_out(site: Site, name: str) -> None:
    answer = site.signed_in("admin").get(f"/keeping/backups/{name}")
    assert answer.status_code in {404, 422}
    assert site.settings.key.hex() not in answer.text


def test_a_role_that_needs_a_second_factor_sees_only_its_account_without_one(site: Site) -> None:
    admin, clinician, viewer = (site.signed_in(role) for role in ("admin", "clinician", "viewer"))
    assert clinician.get("/patients").url.path == "/patients"
    admin.get("/keeping")
    page = admin.post("/keeping/second-factor", {"role": ["clinician", "nobody"]})
    assert site.store.roles_with_second_factor() == {"clinician"}
    assert "Kept." in page.text
    assert viewer.get("/patients").url.path == "/patients"
    account = clinician.get("/patients")
    assert account.url.path == "/account"
    assert "until then only this page is open to you" in account.text
    assert clinician.post("/patients/search", {"text": "a"}).url.path == "/account"
    sealed = account.text.partition('name="sealed" value="')[2].partition('"')[0]
    secret = account.text.partition('<p class="key"><code>')[2].partition("<")[0]
    clinician.post("/account/second-factor", {"sealed": sealed, "code": code_of(secret, site)})
    assert clinician.get("/patients").url.path == "/patients"


def test_a_first_password_is_changed_before_anything_else(site: Site) -> None:
    site.store.change("viewer", must_change=True)
    viewer = site.signed_in("viewer")
    assert viewer.get("/patients").url.path == "/account"
    viewer.get("/account")
    viewer.post("/account/password", {"old": "four words are kept in mind", "new": "another four words, please"})
    assert viewer.get("/patients").url.path == "/patients"
