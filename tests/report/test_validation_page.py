"""The page of a validation: how much narrower the accepted sets are than the raw prior."""

from __future__ import annotations

from typing import Any

from lupercal.report.pages.validation import page


def row(study: str, interval: tuple[float, float], *, inside: bool, statistic: str = "share") -> dict[str, Any]:
    return {
        "study": study, "index": 0, "arm": "a", "versus": "", "measure": "sri_4", "item": "", "subgroup": "",
        "time": "52 wk", "statistic": statistic, "observed": 40.0, "predicted": 42.0, "interval": interval, "z": 0.1,
        "fitted": True, "inside_90": inside,
    }  # fmt: skip


def document(*rows: dict[str, Any]) -> dict[str, Any]:
    counts = {"inside_90": 1, "inside_50": 1, "inside_alone": 1, "rows": 1}
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
    told = page(now, prior)
    assert (
        "of 1 shares that were fitted: 20 points, which hold 1 of them; 80 points under the raw prior, which hold 0"
        in told
    )
    assert "shares no fit has used" not in told


def test_figures_no_fit_has_used_are_compared_apart() -> None:
    new = row("b", (20.0, 70.0), inside=False) | {"fitted": False}
    now = document(row("a", (30.0, 50.0), inside=True), new)
    told = page(now, document(row("a", (10.0, 90.0), inside=True), new | {"interval": (0.0, 60.0), "inside_90": True}))
    assert "of 1 shares no fit has used: 50 points, which hold 0 of them; 60 points under the raw prior" in told


def test_without_a_prior_nothing_is_said_of_it() -> None:
    assert "raw prior" not in page(document(row("a", (30.0, 50.0), inside=True)))
