"""The page of a validation: how much narrower the accepted sets are than the raw prior."""

from __future__ import annotations

from typing import Any

from lupercal.report.validation_page import page


def row(study: str, interval: tuple[float, float], *, inside: bool, statistic: str = "share") -> dict[str, Any]:
    return {
        "study": study, "index": 0, "arm": "a", "versus": "", "measure": "sri_4", "item": "", "subgroup": "",
        "time": "52 wk", "statistic": statistic, "observed": 40.0, "predicted": 42.0, "interval": interval, "z": 0.1,
        "fitted": True, "inside_90": inside,
    }  # fmt: skip


def document(*rows: dict[str, Any]) -> dict[str, Any]:
    counts = {"inside_90": 1, "rows": 1}
    return {
        "settings": {"parameter_sets": 2, "patients_per_arm": 20, "seed": 1},
        "coverage": {"all": counts, "fitted": counts, "not_fitted": counts}, "rows": list(rows), "not_simulated": [],
    }  # fmt: skip


def test_widths_are_compared_for_shares_that_both_have() -> None:
    now = document(row("a", (30.0, 50.0), inside=True), row("b", (0.0, 10.0), inside=True, statistic="mean"))
    prior = document(
        row("a", (10.0, 90.0), inside=False), row("b", (0.0, 90.0), inside=True, statistic="mean"),
        row("c", (0.0, 100.0), inside=True),
    )  # fmt: skip
    assert "Mean width of the 90 % intervals of 1 shares: 20 points; 80 points" in page(now, prior)
    assert "holds 0 of the figures (0%)" in page(now, prior)


def test_without_a_prior_nothing_is_said_of_it() -> None:
    assert "raw prior" not in page(document(row("a", (30.0, 50.0), inside=True)))
