"""Where a calibration's sets are simulated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lupercal.calibration import forward
from lupercal.calibration.run import calibration_plan
from lupercal.calibration.settings import settings


def test_the_address_of_a_scheduler_reaches_the_runner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: dict[str, Any] = {}

    def each_kept(*given: Any, **more: Any) -> list[Any]:
        asked.update(count=given[3], runner=given[6], workers=given[7], **more)
        return []

    monkeypatch.setattr(forward, "each_kept", each_kept)
    plan = calibration_plan(tmp_path, None, "dask", 3, "tcp://host:8786")
    forward.Forward(settings().ensemble, plan.runner, plan.workers, scheduler=plan.scheduler)([{}, {}], ["x"])
    assert asked == {"count": 2, "runner": "dask", "workers": 3, "scheduler": "tcp://host:8786"}
