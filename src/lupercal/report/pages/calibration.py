"""The calibration in words: ``docs/reference/calibration.md`` from the shipped ensemble."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lupercal.calibration.recovery import IDENTIFIED_BELOW
from lupercal.calibration.settings import Step, steps
from lupercal.calibration.store import PROVENANCE
from lupercal.errors import LupercalError
from lupercal.evidence.parameter_sets import FILE, ParameterSets, accepted
from lupercal.evidence.parameters import parameters
from lupercal.files.checked import read_as
from lupercal.report.markdown import markdown_table


def page() -> str:
    """Return the page.

    Raises
    ------
    LupercalError
        If no ensemble ships.
    """
    sets = accepted()
    if sets is None:
        raise LupercalError("no calibrated ensemble ships with this version")
    made = read_as(FILE.parent / PROVENANCE, dict[str, Any])
    widths = {name: width for step in made["steps"] for name, width in step.get("width_after_over_prior", {}).items()}
    return _PAGE.format(
        count=sets.size,
        symbols=len(sets.symbols),
        members=made["ensemble"]["members"],
        passes=made["ensemble"]["passes"],
        pool=made["ensemble"]["pool"],
        arm=made["ensemble"]["arm"],
        seed=made["ensemble"]["seed"],
        misfit=made["misfit"]["kept"]["median"],
        left_out=made["misfit"]["left_out"]["median"] if made["misfit"]["left_out"] else "none",
        steps=markdown_table(("step", "what for", "data", "misfit"), _steps(made)),
        free=", ".join(f"`{name}`" for name, width in widths.items() if width >= IDENTIFIED_BELOW) or "none",
        parameters=markdown_table(
            ("parameter", "meaning", "unit", "before", "plausible", "accepted sets: median (90 %)", "width"),
            _parameters(sets, widths),
        ),
    )


def _steps(made: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    by_name: dict[str, Step] = {step.name: step for step in steps()}
    for step in made["steps"]:
        purpose = by_name[step["name"]].purpose if step["name"] in by_name else step.get("how", "")
        misfit = f"{step['misfit']['median']:.2f}" if "misfit" in step else ""
        yield step["name"].replace("_", " "), purpose, str(len(step["data"])), misfit


def _parameters(sets: ParameterSets, widths: Mapping[str, float]) -> Iterator[Sequence[str]]:
    for column, name in enumerate(sets.symbols):
        symbol, _, part = name.partition(".")
        parameter = parameters()[symbol]
        before = {"": parameter.value, "cv": parameter.spread.cv, "involved": parameter.spread.involved}[part]
        meaning = {
            "": parameter.meaning,
            "cv": f"spread between patients of {symbol}",
            "involved": f"share with {symbol}",
        }
        low, middle, high = np.quantile(sets.values[:, column], [0.05, 0.5, 0.95])
        yield (
            f"`{name}`", meaning[part], "1" if part else parameter.unit, f"{before:.3g}",
            "" if part else f"{parameter.low:g} to {parameter.high:g}", f"{middle:.3g} ({low:.3g} to {high:.3g})",
            f"{widths[name]:.2f}" if name in widths else "",
        )  # fmt: skip


_PAGE = """# Calibration

Written from the shipped ensemble by `python -m lupercal.report.pages docs`; do not edit.

The model's typical values are an **ensemble of {count} accepted parameter sets** over {symbols} numbers, not one
fit. Virtual patients take turns in the sets, so every forecast shows how uncertain the typical patient is as well
as how patients differ. `lupercal calibrate all` makes the ensemble again from data and seed ({members} members,
{passes} passes unless a step has its own number, {pool} people per set, {arm} per arm of a study, seed {seed});
`lupercal validate` sets it beside every study, fitted or not.

**How.** Each step moves its own parameters by an ensemble smoother with multiple data assimilation (doi
10.1016/j.cageo.2012.03.011) towards its own data, inside the plausible range of each parameter; the step for stromal
cells keeps half of its prior at no effect at all and chooses by likelihood. Errors of data are binomial, or as
stated, joined with how far studies of one design lie apart; natural-history targets count by their tolerance. A
parameter that the data of its step do not speak of keeps its prior width. Where even the closest tenth of the sets
miss their data, the errors are widened until those sets agree (Birge ratio), so that a wrong model ends wide, not
sure; and since an ensemble of this size ends too narrow, its spread is relaxed towards that before each step (doi
10.1175/MWR-D-11-00276.1). A figure that even the closest sets miss pulls by its distance, not by its square (doi
10.1214/aoms/1177703732), so that what the model cannot meet does not rule what it can. Priors are centred where
searches on the same data ended (`lupercal calibrate search`; an earlier calibration), and are narrower than the
plausible range for it. Data are only figures marked *calibrate* that were read in a text.

**Which figures.** Rules in `calibration/steps.yaml` say which step takes a figure, by kind of arm, family of end points
and kind of harm; a study added later is fitted without being named. Harm (cytokine release, low counts, serious
infections) belongs to the last step, *toxicity*, whatever the treatment. Every study counts alike: the figures of one
count together as four at most. At the end every set is compared with all data at once, and the nearest are kept.

**One command.** `lupercal calibrate all -o FOLDER --ship` makes what ships, toxicity and what is unexplained included,
from the package's data and the seed. Every pass is a checkpoint in `FOLDER`: the same command again goes on where it
was stopped. Another seed or other sizes never take up its checkpoints.

**Misfit.** The mean squared difference of the kept sets from all data is {misfit} (in squared standard deviations;
1 would be as expected), of the sets left out {left_out}. Above 1 the model misses data beyond their errors;
`docs/explanation/validation.md` says where.

## Steps

{steps}

## Not identified

These parameters kept at least {identified} of their prior width; the data do not tell them, and forecasts carry
that: {free}.

## Parameters

*before* is the value of the parameter data; *width* is the spread of the accepted sets relative to the prior.

{parameters}
""".replace("{identified}", f"{IDENTIFIED_BELOW:.0%}")
