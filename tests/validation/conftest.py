"""The same small pool that the tests of virtual trials recruit from."""

from tests.trial.conftest import people

__all__ = ["people"]
