"""A registry is made whole, in the state of tables that the code works with, and what is none is said to be none."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from lupercal.errors import InputError, LupercalError
from lupercal.registry.address import address_of
from lupercal.registry.backup import backup, restore
from lupercal.registry.keys import read_ring
from lupercal.registry.making import make_registry
from lupercal.registry.opened import Registry, open_registry
from lupercal.registry.tables import patient
from tests.registry.ways import enrolled


def test_the_migrations_make_the_tables_that_the_code_knows(registry: Registry) -> None:
    with registry.memory.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        differences = compare_metadata(context, patient.metadata)
    assert differences == []


def test_making_it_twice_changes_nothing(place: str, keys: Path) -> None:
    with make_registry(place, keys) as registry:
        name, head = enrolled(registry), registry.audit.head()
    with make_registry(place, keys) as again:
        assert again.audit.head() == head
        assert again.patients.whole(name).visits


def test_an_older_one_is_brought_up_to_date_and_an_older_backup_restored(tmp_path: Path) -> None:
    with make_registry(tmp_path / "old.db") as registry:
        name = enrolled(registry)
        backup(registry, tmp_path / "old.backup", by="test")
    for old in ("old.db", "old.backup"):
        with closing(sqlite3.connect(tmp_path / old)) as connection:
            connection.execute("DROP TABLE document")
            connection.execute("DROP TABLE acknowledgement")
            connection.execute("DROP INDEX ix_patient_listed")
            connection.execute("ALTER TABLE patient DROP COLUMN undated")
            connection.execute("UPDATE alembic_version SET version_num = '0001'")
            connection.commit()
    with pytest.raises(InputError, match="version 0001"):
        open_registry(tmp_path / "old.db")
    with make_registry(tmp_path / "old.db") as registry:
        assert registry.documents.of_patient(name) == ()
        assert registry.verify(records=True).whole
    restore(tmp_path / "old.backup", tmp_path / "new.db", ring=tmp_path / "old.db.keys", by="test")
    with open_registry(tmp_path / "new.db") as registry:
        assert registry.patients.whole(name).visits


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    make_registry(tmp_path / "registry.db").close()
    for name in ("registry.db", "registry.db.keys"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert {path.name for path in tmp_path.iterdir()} <= {
        "registry.db", "registry.db.keys", "registry.db-wal", "registry.db-shm",
    }  # fmt: skip


def test_what_is_no_registry_is_said_to_be_none(tmp_path: Path) -> None:
    for name, content in (("empty.db", b""), ("text.db", b"a letter to the clinic, no database at all\n" * 40)):
        path = tmp_path / name
        path.write_bytes(content)
        (tmp_path / f"{name}.keys").write_text((made_keys(tmp_path)), encoding="utf-8")
        with pytest.raises(InputError, match="a registry"):
            open_registry(path)
    with pytest.raises(InputError, match="no such file"):
        open_registry(tmp_path / "nothing.db")
    assert not (tmp_path / "nothing.db").exists()


def made_keys(folder: Path) -> str:
    make_registry(folder / "made.db").close()
    return (folder / "made.db.keys").read_text(encoding="utf-8")


def test_without_its_keys_it_does_not_open(tmp_path: Path) -> None:
    make_registry(tmp_path / "registry.db").close()
    keys = tmp_path / "registry.db.keys"
    for content in (None, "{}", "not json", '{"keys": []}', '{"keys": [{"name": "a", "key": "00"}]}', "[1]"):
        keys.unlink() if content is None else keys.write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match=r"registry\.db\.keys"):
            open_registry(tmp_path / "registry.db")


def test_with_other_keys_names_cannot_be_read(tmp_path: Path) -> None:
    with make_registry(tmp_path / "registry.db") as registry:
        name = enrolled(registry)
    made_keys(tmp_path)
    (tmp_path / "made.db.keys").replace(tmp_path / "registry.db.keys")
    with open_registry(tmp_path / "registry.db") as registry:
        with pytest.raises(LupercalError, match="lacks key"):
            registry.patients.whole(name)
        assert registry.verify().bad_row == registry.audit.head()[0]


def test_a_registry_of_another_version_says_so(registry: Registry, place: str, keys: Path) -> None:
    with registry.memory.database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    with pytest.raises(InputError, match="version 0999"):
        open_registry(place, keys)


@pytest.mark.parametrize("url", ["mysql://me:secret@host/x", "https://host/x", "sqlite://", "postgresql:/x/"])
def test_other_addresses_are_refused_without_their_password(url: str) -> None:
    with pytest.raises((InputError, LupercalError)) as caught:
        open_registry(url)
    assert "secret" not in str(caught.value)


def test_a_server_that_is_not_there_is_told_of_in_words(tmp_path: Path) -> None:
    make_registry(tmp_path / "r.db", tmp_path / "keys").close()
    with pytest.raises(LupercalError) as caught:
        open_registry("postgresql://me:secret@localhost:1/x", tmp_path / "keys")
    assert "secret" not in str(caught.value)
    assert "localhost" in str(caught.value)


def test_addresses_of_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LUPERCAL_REGISTRY", str(tmp_path / "a.db"))
    assert address_of().keys == tmp_path / "a.db.keys"
    assert address_of("sqlite:////somewhere/b.db").file == Path("/somewhere/b.db")
    monkeypatch.setenv("LUPERCAL_REGISTRY_KEYS", str(tmp_path / "k"))
    assert address_of("c.db").keys == tmp_path / "k"
    assert address_of("postgres://me:secret@host/x").shown == "postgres://me@host/x"


def test_a_new_key_encrypts_and_the_old_one_still_reads(tmp_path: Path) -> None:
    with make_registry(tmp_path / "registry.db") as registry:
        old = registry.memory.ring.newest
        registry.memory.ring.with_key().write()
    assert read_ring(tmp_path / "registry.db.keys").newest != old
