"""Who is erased is gone from every byte that lies on the disk, and the audit holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

import lupercal as lp
from lupercal.errors import InputError
from lupercal.registry.backup import backup, restore
from lupercal.registry.care_records import (
    AcknowledgementRecord,
    AdverseEventRecord,
    ConsentRecord,
    ForecastRunRecord,
    ScreeningRecord,
)
from lupercal.registry.erasure import erase
from lupercal.registry.key_change import change_keys
from lupercal.registry.keys import read_ring
from lupercal.registry.making import make_registry
from lupercal.registry.opened import Registry, open_registry
from lupercal.registry.records import Identity
from lupercal.registry.refusals import RefusedError, UnknownError
from lupercal.registry.tables import person_key
from tests.registry.ways import DAY, enrolled

BY = "clerk"

WHO = Identity(
    given_name="Wilhelmina", family_name="Zzyzxova", phone="+49 1522 8817723", email="w.zzyzxova@mail.example",
    address="17 Quince Lane", note="calls herself Zzyzx", local_id="HOSP-991827364",
)  # fmt: skip
TRACES = ("Wilhelmina", "Zzyzx", "8817723", "Quince", "991827364")


def told_everywhere(registry: Registry) -> str:
    """Return a patient whose name somebody wrote into every free text there is."""
    head = registry.patients.enrol(lp.read_patient("example-nephritis"), by="clerk", identity=WHO, why="Zzyzx came")
    visit = registry.visits.enter(head.id, by=BY, day=-2, values={"c3": 0.7}, label="Wilhelmina's visit", why="Quince")
    registry.visits.amend(visit, by=BY, why="Zzyzx called 8817723", values={"c3": 0.8}, label="Zzyzx again")
    consent = ConsentRecord(patient=head.id, purpose="treatment", document="v1", given_on=DAY, note="Zzyzx")
    registry.consents.add(consent, by=BY)
    screening = ScreeningRecord(patient=head.id, date=DAY, results={"who": "Wilhelmina"}, note="Quince")
    registry.screenings.add(screening, by=BY)
    event = AdverseEventRecord(patient=head.id, term="CRS", scale="ASTCT", grade=1, began_on=DAY, note="Zzyzx")
    registry.adverse_events.add(event, by=BY)
    seen = AcknowledgementRecord(patient=head.id, alert="crs_1", found_on=DAY, value="CRS", note="Quince knows")
    registry.acknowledgements.add(seen, by=BY)
    registry.forecasts.add(
        ForecastRunRecord(patient=head.id, date=DAY, visits=2, folder="runs/x", summary={"of": "Zzyzx"}), by="a"
    )
    registry.journey.move(head.id, "closed", by="clerk", why="Wilhelmina asked")
    registry.products.order(head.id, "cd19_car_t", "BAG-1", by="clerk", note="Zzyzx")
    registry.jobs.queue("forecast", {"name": "Wilhelmina"}, by="clerk", patient=head.id)
    return head.id


def files_under(folder: Path) -> Iterator[tuple[str, bytes]]:
    yield from ((path.name, path.read_bytes()) for path in folder.rglob("*") if path.is_file())


def test_no_byte_of_a_name_is_left_on_the_disk(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    registry = make_registry(tmp_path / "registry.db")
    name, other = told_everywhere(registry), enrolled(registry, "erlangen-first-car-t")
    before = list(files_under(tmp_path))
    assert not [file for file, content in before for trace in TRACES if trace.encode() in content]
    with registry.memory.reading() as connection:
        table = person_key.c
        key = bytes(connection.execute(select(table.wrapped).where(table.person == name)).scalar_one())
    assert [file for file, content in before if key in content]
    gone = erase(registry, name, by="dr a", why="request of 2 March")
    assert gone.folders == ("runs/x",)
    assert gone.scrubbed
    assert registry.verify().whole
    backup(registry, tmp_path / "backup.db", by="admin")
    registry.close()
    everything = [*files_under(tmp_path), ("log", "".join(capfd.readouterr()).encode())]
    assert {"registry.db", "backup.db", "registry.db.keys"} <= {file for file, _ in everything}
    assert not [file for file, content in everything if key in content]
    assert not [(file, trace) for file, content in everything for trace in TRACES if trace.encode() in content]
    with open_registry(tmp_path / "registry.db") as again:
        assert again.verify().whole
        assert [one.id for one in again.patients.all()] == [other]


def test_the_run_folders_of_the_person_go_and_no_others(tmp_path: Path) -> None:
    registry = make_registry(tmp_path / "registry.db")
    name, other = told_everywhere(registry), enrolled(registry, "erlangen-first-car-t")
    ended = registry.jobs.queue("forecast", {}, by="clerk", patient=name).id
    broken = registry.jobs.queue("forecast", {}, by="clerk", patient=name).id
    others = registry.jobs.queue("forecast", {}, by="clerk", patient=other).id
    kept = ForecastRunRecord(patient=name, date=DAY, visits=2, folder=ended, summary={})
    outside = ForecastRunRecord(patient=name, date=DAY, visits=2, folder="../outside", summary={})
    for one in (kept, outside):
        registry.forecasts.add(one, by="a")
    for folder in (*(tmp_path / "forecasts" / one for one in (ended, broken, others)), tmp_path / "outside"):
        folder.mkdir(parents=True)
        (folder / "forecast.json").write_text("{}")
    gone = erase(registry, name, by="dr a", why="request of 2 March")
    assert set(gone.removed) == {ended, broken}
    assert set(gone.folders) == {"runs/x", "../outside"}
    assert [one.name for one in (tmp_path / "forecasts").iterdir()] == [others]
    assert (tmp_path / "outside" / "forecast.json").is_file()
    registry.close()


def test_nothing_of_the_erased_can_be_read_or_written(registry: Registry) -> None:
    name, other = told_everywhere(registry), enrolled(registry, "erlangen-first-car-t")
    erase(registry, name, by="dr a", why="request of 2 March")
    with pytest.raises(UnknownError):
        registry.patients.whole(name)
    with pytest.raises(UnknownError):
        registry.patients.find(WHO.local_id)
    with pytest.raises(RefusedError, match="erased"):
        registry.consents.add(ConsentRecord(patient=name, purpose="x", document="", given_on=DAY), by="a")
    assert registry.visits.of_patient(name) == ()
    told = registry.audit.of_patient(name)
    assert {one.entry.action for one in told} >= {"enrol", "amend", "move", "erase"}
    assert not [one for one in told if one.before or one.after or (one.why and one.entry.action != "erase")]
    assert registry.products.by_code("BAG-1").note == ""
    assert registry.patients.whole(other).visits
    assert registry.verify().whole
    assert [one.patient for one in registry.patients.named("", by="a")] == [other]


def test_whoever_keeps_an_older_state_open_is_told_of(on_file: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lupercal.registry.erasure.PATIENCE_SECONDS", 0)
    name = told_everywhere(on_file)
    with open_registry(on_file.address.file) as other, other.reading():
        assert other.patients.find(name)
        assert not erase(on_file, name, by="dr a", why="request of 2 March").scrubbed
    assert on_file.verify(records=True).whole


def test_the_reason_must_not_name_the_person(on_file: Registry) -> None:
    name = told_everywhere(on_file)
    with pytest.raises(RefusedError, match="name the person"):
        erase(on_file, name, by="dr a", why="Ms Zzyzxova asked for it")
    with pytest.raises(RefusedError, match="reason"):
        erase(on_file, name, by="dr a", why=" ")
    assert on_file.patients.find(name).id == name


def test_a_backup_from_before_forgets_again(tmp_path: Path) -> None:
    place = tmp_path / "registry.db"
    with make_registry(place) as registry:
        name = told_everywhere(registry)
        backup(registry, tmp_path / "old.db", by="admin")
        erase(registry, name, by="dr a", why="request of 2 March")
    done = restore(tmp_path / "old.db", tmp_path / "new.db", ring=tmp_path / "registry.db.keys", by="admin")
    assert done.forgotten == (name,)
    with open_registry(tmp_path / "new.db") as restored:
        assert restored.patients.all() == ()
        assert restored.verify().whole
    assert read_ring(tmp_path / "new.db.keys").erased == (name,)


def test_a_registry_comes_back_the_same_from_each_database_to_each(
    registry: Registry, tmp_path: Path, new_database: Callable[[], str]
) -> None:
    name = told_everywhere(registry)
    written = backup(registry, tmp_path / "copy.db", by="admin")
    for place in (str(tmp_path / "again.db"), new_database()):
        back = restore(tmp_path / "copy.db", place, tmp_path / "ring.keys", by="admin")
        assert (back.digest, back.rows, back.forgotten) == (written.digest, written.rows, ())
        with open_registry(place, tmp_path / "ring.keys") as again:
            assert again.patients.whole(name) == registry.patients.whole(name)
            assert again.patients.identity(name, by="a").name == WHO.name
            again.visits.enter(name, by="clerk", day=-1, values={"c3": 0.9})
            assert again.verify().whole


def test_another_cipher_takes_over_and_what_the_first_encrypted_is_still_read(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = told_everywhere(registry)
    whole = registry.patients.whole(name)
    monkeypatch.setenv("LUPERCAL_CIPHER", "ChaCha20-Poly1305")
    changed = change_keys(registry, by="admin")
    other = enrolled(changed, "erlangen-first-car-t")
    with changed.memory.reading() as connection:
        marks = {bytes(wrapped)[:1] for wrapped in connection.execute(select(person_key.c.wrapped)).scalars()}
    assert marks == {b"\x00"}
    for named in ("ChaCha20-Poly1305", "AES-256-GCM", ""):
        monkeypatch.setenv("LUPERCAL_CIPHER", named)
        assert changed.patients.identity(name, by="a").name == WHO.name
        assert changed.patients.whole(name) == whole
        assert changed.patients.whole(other).id
        assert changed.verify(records=True).whole
    monkeypatch.setenv("LUPERCAL_CIPHER", "ROT13")
    with pytest.raises(InputError, match="AES-256-GCM"):
        enrolled(changed, "example-nephritis")


def test_keys_can_be_changed_while_others_work(registry: Registry, place: str, keys: Path) -> None:
    name = told_everywhere(registry)
    old = registry.memory.ring.newest
    changed = change_keys(registry, by="admin")
    assert changed.memory.ring.newest != old
    for seen in (registry, changed):
        assert seen.patients.identity(name, by="a").name == WHO.name
        assert seen.patients.find(WHO.local_id).id == name
        assert seen.verify(records=True).whole
    with changed.memory.reading() as connection:
        assert set(connection.execute(select(person_key.c.ring_key)).scalars()) == {changed.memory.ring.newest}
    with open_registry(place, keys) as again:
        enrolled(again, "erlangen-first-car-t")
        assert again.verify().whole
