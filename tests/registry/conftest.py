from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from lupercal.registry import database
from lupercal.registry.making import make_registry
from lupercal.registry.opened import Registry
from tests.registry.cluster import programs, server

BOTH = ("sqlite", "postgresql")


@pytest.fixture(scope="session", autouse=True)
def no_power_cut() -> Iterator[None]:
    """Let tests not wait for the disk: none of them cuts the power."""
    kept = database.PRAGMAS
    database.PRAGMAS = (*kept, "synchronous = OFF")
    yield
    database.PRAGMAS = kept


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server's databases, with a place for the name."""
    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL is not installed here (apt-get install postgresql)")
    with server(folder) as url:
        yield url


@pytest.fixture(scope="session")
def new_database(postgres: str) -> Callable[[], str]:
    """Makes an empty schema, which is as good as a database of its own and quicker to come by, and returns its URL."""

    def make() -> str:
        name = f"r{secrets.token_hex(6)}"
        with psycopg.connect(postgres.format(name="postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"{postgres.format(name='postgres')}&options=-csearch_path%3D{name}"

    return make


@pytest.fixture(params=BOTH)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a registry can be made, on both databases."""
    if request.param == "sqlite":
        return str(tmp_path / "registry.db")
    made: Callable[[], str] = request.getfixturevalue("new_database")
    return made()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "ring.keys"


@pytest.fixture
def registry(place: str, keys: Path) -> Iterator[Registry]:
    """An empty registry on each database."""
    with make_registry(place, keys) as made:
        yield made


@pytest.fixture
def on_file(tmp_path: Path) -> Iterator[Registry]:
    """An empty registry in a file."""
    with make_registry(tmp_path / "registry.db") as made:
        yield made
