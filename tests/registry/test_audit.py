"""Nobody bends the audit: what was changed, cut off or swapped is named, and the database refuses to do it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from lupercal.errors import LupercalError
from lupercal.registry.erasure import erase
from lupercal.registry.making import make_registry
from lupercal.registry.opened import Registry, open_registry
from lupercal.registry.verify import ExportedHead, export_head, read_head
from tests.registry.ways import DAY, enrolled, ready_for

ROWS = 1000
COLUMNS = ("seq", "at", "changed_by", "action", "kind", "row_id", "patient", "payload", "previous", "digest")


@pytest.fixture(scope="session")
def long_audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry whose audit has 1,000 rows."""
    place = tmp_path_factory.mktemp("audit") / "registry.db"
    with make_registry(place) as registry:
        enrolled(registry)
        with registry.writing():
            while registry.audit.note(by="clerk", action="read", what="list", why="morning round") < ROWS:
                pass
    return place


@pytest.fixture(scope="session")
def bent(long_audit: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A copy of it without triggers, for whoever has the file and knows what to do."""
    place = tmp_path_factory.mktemp("bent") / "registry.db"
    for ending in ("", ".keys"):
        shutil.copy(f"{long_audit}{ending}", f"{place}{ending}")
    raw = sqlite3.connect(place)
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    raw.commit()
    raw.close()
    with open_registry(place) as registry:
        yield registry


def verdict_after(registry: Registry, bend: Callable[[sqlite3.Connection], object]) -> int | None:
    """Return the row that a check names after somebody did something to the file, and put all back as it was."""
    raw = sqlite3.connect(str(registry.address.file), isolation_level=None)
    raw.execute("PRAGMA synchronous = OFF")
    kept = {name: raw.execute(f"SELECT * FROM {name}").fetchall() for name in ("audit", "audit_payload")}
    raw.execute("BEGIN")
    bend(raw)
    raw.execute("COMMIT")
    found = registry.verify().bad_row
    raw.execute("BEGIN")
    for name, rows in kept.items():
        raw.execute(f"DELETE FROM {name}")
        raw.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    raw.execute("COMMIT")
    raw.close()
    return found


def flipped(raw: sqlite3.Connection, row: int, column: str, place: int, bit: int) -> None:
    """Flip one bit of one byte of a column of a row, as it lies in the file."""
    table = "audit_payload" if column == "body" else "audit"
    (value,) = raw.execute(f"SELECT CAST({column} AS BLOB) FROM {table} WHERE seq = ?", (row,)).fetchone()
    content = bytearray(value or b"\0")
    content[place % len(content)] ^= 1 << bit
    target = "?" if column == "body" else "CAST(? AS TEXT)"
    raw.execute(f"UPDATE {table} SET {column} = {target} WHERE seq = ?", (bytes(content), row))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    row=st.integers(1, ROWS), column=st.sampled_from((*COLUMNS[1:], "body")), place=st.integers(0, 999),
    bit=st.integers(0, 7),
)  # fmt: skip
def test_a_flipped_byte_is_named(bent: Registry, row: int, column: str, place: int, bit: int) -> None:
    assert verdict_after(bent, lambda raw: flipped(raw, row, column, place, bit)) == row


@pytest.mark.slow
def test_a_flipped_byte_is_named_in_each_of_1000_rows(bent: Registry) -> None:
    chance = Random(20)
    for row in range(1, ROWS + 1):
        column, place, bit = chance.choice((*COLUMNS[1:], "body")), chance.randrange(999), chance.randrange(8)
        assert verdict_after(bent, lambda raw: flipped(raw, row, column, place, bit)) == row  # noqa: B023


@settings(max_examples=25, deadline=None)
@given(pair=st.sets(st.integers(1, ROWS), min_size=2, max_size=2))
def test_two_swapped_rows_are_named(bent: Registry, pair: set[int]) -> None:
    first, second = sorted(pair)

    def swap(raw: sqlite3.Connection) -> None:
        for before, after in ((first, -1), (second, first), (-1, second)):
            raw.execute("UPDATE audit SET seq = ? WHERE seq = ?", (after, before))

    assert verdict_after(bent, swap) == first


@settings(max_examples=20, deadline=None)
@given(row=st.integers(1, ROWS))
def test_a_missing_row_is_named(bent: Registry, row: int) -> None:
    def remove(raw: sqlite3.Connection) -> None:
        for table in ("audit", "audit_payload"):
            raw.execute(f"DELETE FROM {table} WHERE seq = ?", (row,))

    assert verdict_after(bent, remove) == row


@settings(max_examples=20, deadline=None)
@given(row=st.integers(1, ROWS))
def test_values_that_vanish_without_erasure_are_named(bent: Registry, row: int) -> None:
    assert (
        verdict_after(bent, lambda raw: raw.execute("DELETE FROM audit_payload WHERE seq = ?", (row,)) and None) == row
    )


def test_the_last_rows_cut_off_are_named(bent: Registry) -> None:
    def cut(raw: sqlite3.Connection) -> None:
        for table in ("audit", "audit_payload"):
            raw.execute(f"DELETE FROM {table} WHERE seq > ?", (ROWS - 1,))

    assert verdict_after(bent, cut) == ROWS
    assert bent.verify().whole


def test_whoever_puts_back_an_older_end_is_found_by_the_exported_head(long_audit: Path, tmp_path: Path) -> None:
    place = tmp_path / "registry.db"
    for ending in ("", ".keys"):
        shutil.copy(f"{long_audit}{ending}", f"{place}{ending}")
    older = tmp_path / "older.db"
    shutil.copy(place, older)
    with open_registry(place) as registry:
        registry.audit.note(by="clerk", action="read", what="list")
        head = export_head(registry.memory, tmp_path / "head.json")
        assert registry.verify(read_head(tmp_path / "head.json")).whole
    shutil.copy(older, place)
    with open_registry(place) as registry:
        assert registry.verify().whole
        assert registry.verify(head).bad_row == ROWS + 1
        assert registry.verify(ExportedHead(7, "0" * 64)).bad_row == 7


def test_another_end_cannot_be_stamped_without_the_ring(bent: Registry) -> None:
    def cut_and_forge(raw: sqlite3.Connection) -> None:
        for table in ("audit", "audit_payload"):
            raw.execute(f"DELETE FROM {table} WHERE seq > ?", (ROWS - 1,))
        (digest,) = raw.execute("SELECT digest FROM audit WHERE seq = ?", (ROWS - 1,)).fetchone()
        raw.execute("UPDATE audit_head SET seq = ?, digest = ?", (ROWS - 1, digest))

    raw = sqlite3.connect(str(bent.address.file))
    kept = raw.execute("SELECT seq, digest FROM audit_head").fetchone()
    assert verdict_after(bent, cut_and_forge) == ROWS - 1
    raw.execute("UPDATE audit_head SET seq = ?, digest = ?", kept)
    raw.commit()
    raw.close()
    assert bent.verify().whole


STATEMENTS = (
    "UPDATE audit SET changed_by = 'nobody'",
    "UPDATE audit SET digest = digest WHERE seq = 1",
    "DELETE FROM audit",
    "DELETE FROM audit WHERE seq = (SELECT MAX(seq) FROM audit)",
    "UPDATE audit_payload SET person = ''",
    "UPDATE move SET after = 'infused'",
)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_refuses(registry: Registry, statement: str) -> None:
    enrolled(registry)
    with registry.memory.database.engine.connect() as connection, pytest.raises(DBAPIError, match="only ever added to"):
        connection.exec_driver_sql(statement)
    assert registry.verify().whole


def test_sqlite_refuses_to_replace(on_file: Registry) -> None:
    enrolled(on_file)
    raw = sqlite3.connect(str(on_file.address.file))
    replacing = "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 1"
    for statement in (replacing, "REPLACE INTO audit_payload SELECT * FROM audit_payload"):
        with pytest.raises(sqlite3.DatabaseError, match="only ever added to"):
            raw.execute(statement)
    raw.close()


def test_postgresql_refuses_to_truncate(new_database: Callable[[], str], tmp_path: Path) -> None:
    url = new_database()
    with make_registry(url, tmp_path / "keys") as registry, psycopg.connect(url) as raw:
        enrolled(registry)
        for table in ("audit", "audit_payload", "move"):
            with pytest.raises(psycopg.DatabaseError, match="only ever added to"):
                raw.execute(f"TRUNCATE {table}")
            raw.rollback()


def test_a_flipped_byte_is_named_on_postgresql(new_database: Callable[[], str], tmp_path: Path) -> None:
    url = new_database()
    with make_registry(url, tmp_path / "keys") as registry, psycopg.connect(url, autocommit=True) as raw:
        enrolled(registry)
        raw.execute("ALTER TABLE audit DISABLE TRIGGER USER")
        last = registry.audit.head()[0]
        raw.execute("UPDATE audit SET changed_by = 'Clerk' WHERE seq = 3")
        assert registry.verify().bad_row == 3
        raw.execute("UPDATE audit SET changed_by = 'clerk' WHERE seq = 3")
        assert registry.verify().whole
        raw.execute("DELETE FROM audit WHERE seq = %s", (last,))
        assert registry.verify().bad_row == last


@pytest.mark.parametrize("share", range(0, 100, 9))
def test_a_file_with_any_damage_is_told_of_in_words(long_audit: Path, tmp_path: Path, share: int) -> None:
    """Bytes of the file itself are turned: a check or the opening says so in words, whatever page they lie in."""
    place = tmp_path / "registry.db"
    content = bytearray(long_audit.read_bytes())
    first = len(content) * share // 100
    for at in range(first, min(first + 64, len(content))):
        content[at] ^= 0xFF
    place.write_bytes(content)
    shutil.copy(f"{long_audit}.keys", f"{place}.keys")
    assert said_of(place)


def said_of(place: Path) -> str:
    """Return what opening and checking a registry say in words; any other failure is the test's."""
    try:
        with open_registry(place) as registry:
            found = registry.verify()
            return found.reason or f"{found.rows} rows"
    except LupercalError as error:
        return str(error)


PAST_THE_AUDIT = (
    "UPDATE value SET value = 99 WHERE variable = 'c3'",
    "UPDATE visit SET day = -400 WHERE day < 0",
    "UPDATE treatment SET amount = 1000",
    "UPDATE patient SET sex = 'male'",
    "UPDATE product SET batch = 'another'",
    "UPDATE consent SET withdrawn_on = NULL",
    "DELETE FROM consent",
    "UPDATE plan SET programme = 'sheba.car_t'",
)


def test_what_is_changed_past_the_audit_is_named(registry: Registry) -> None:
    patient = enrolled(registry)
    for state in ("screened", "planned", "collected", "released"):
        ready_for(registry, patient, state)
    consent = registry.consents.of_patient(patient)[0]
    registry.consents.change(replace(consent, withdrawn_on=DAY), by="doctor", why="asked")
    visit = registry.visits.enter(patient, by="clerk", day=-3, values={"c3": 0.7, "rash": True})
    registry.visits.amend(visit, by="clerk", why="typing error", values={"c3": 0.6}, remove=["rash"])
    other = enrolled(registry, "erlangen-first-car-t")
    registry.visits.strike(registry.visits.of_patient(other)[0].id, 1, by="clerk", why="not this patient")
    erase(registry, other, by="clerk", why="request of 2 March")
    assert registry.verify(records=True).whole
    for statement in PAST_THE_AUDIT:
        with pytest.raises(_UndoneError):
            changed_past(registry, statement)
    assert registry.verify(records=True).whole


class _UndoneError(Exception):
    """What was changed is to be taken back."""


def changed_past(registry: Registry, statement: str) -> None:
    """Change a table past the audit, check that it shows, and take it back."""
    with registry.memory.writing() as connection:
        connection.exec_driver_sql(statement)
        found = registry.verify(records=True)
        assert not found.whole, statement
        assert found.reason
        assert registry.verify().whole
        raise _UndoneError
