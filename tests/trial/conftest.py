"""A small pool that all tests of virtual trials recruit from."""

from __future__ import annotations

import pytest

from lupercal.trial.pool import Pool, pool

SEED = 7


@pytest.fixture(scope="session")
def people() -> Pool:
    return pool(None, SEED, 240)
