"""One workbench for all tests that only read it."""

from __future__ import annotations

import pytest

pytest.importorskip("fastapi", reason="the workbench needs lupercal[web]")

from tests.web.site import Site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("workbench"))
