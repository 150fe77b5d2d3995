"""Records come back from their plain values as they were."""

from __future__ import annotations

import json
from dataclasses import fields

import numpy as np
import pytest

from lupercal.files.plain import plain
from lupercal.files.restore import restored
from lupercal.forecast.result import Chance, Forecast, forecast_record
from tests.report.build import forecast


def test_a_forecast_comes_back_the_same() -> None:
    whole = forecast()
    text = json.dumps(plain({one.name: getattr(whole, one.name) for one in fields(whole) if one.name != "safety"}))
    back = restored(Forecast, json.loads(text))
    assert {**forecast_record(back), "safety": []} == {**forecast_record(whole), "safety": []}
    assert isinstance(back.arms[0].bands["c3"].quantiles, np.ndarray)
    assert back.patient == whole.patient


def test_what_is_missing_takes_its_default_or_is_refused() -> None:
    given = {"outcome": "doris", "month": 1, "probability": None, "standard_error": None, "low": None, "high": None}
    chance = restored(Chance, given | {"denominator": 3, "unheard of": 1})
    assert (chance.distinct, chance.excluded, chance.month) == (0, "", 1.0)
    assert np.isnan(chance.probability)
    with pytest.raises(KeyError, match="denominator"):
        restored(Chance, given)
