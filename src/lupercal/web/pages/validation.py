"""How well the model foretold what was published: coverage, misses first, by kind; from the data that ships."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lupercal.evidence.random_effects import SharedFigure
from lupercal.evidence.residual import FILE, Residual
from lupercal.evidence.skill import shipped_skill
from lupercal.evidence.studies import studies
from lupercal.files.checked import read_as
from lupercal.web.clinic.patient import table_file
from lupercal.web.figures.shares import shares_figure
from lupercal.web.rendering import rendered

router = APIRouter(prefix="/validation")
COLUMNS = ("study", "arm", "end_point", "day", "kind", "cells", "fitted", "published", "model", "difference")
_FEW = 3


@final
@dataclass(frozen=True, slots=True)
class KindOfShare:
    """Some published shares of one kind: how many, of how many studies, and how far the model lies from them.

    ``away`` is the mean distance in percentage points, ``above`` the share of figures that the model says too high.
    """

    name: str
    figures: int
    studies: int
    away: float
    above: float
    fitted: int


@router.get("")
def validation_page(request: Request) -> Response:
    """Show coverage, what was missed, and how far published shares lie from the model, by kind."""
    skill, rows = shipped_skill(), share_rows()
    titles = {name: one.citation.text for name, one in studies().items()}
    return rendered(
        request, "validation.html", skill=skill, titles=titles, shares=len(rows),
        groups=(("By what was given", _by_kind(lambda one: one.place.kind)), ("By end point", _by_kind(_family))),
    )  # fmt: skip


@router.get("/shares.json")
def shares_specification() -> Response:
    """Return the figure of all shares, as Vega-Lite."""
    return JSONResponse(shares_figure(share_rows()))


@router.get("/shares.csv")
def shares_data() -> Response:
    """Return every share beside the model's, as a table."""
    return table_file("shares.csv", COLUMNS, [tuple(row[name] for name in COLUMNS) for row in share_rows()])


@cache
def share_rows() -> list[dict[str, Any]]:
    """Return every published share that the model can simulate beside what it says, in percent."""
    return [_row(one, said) for one, said in _simulated()]


@cache
def _simulated() -> tuple[tuple[SharedFigure, float], ...]:
    """Return the shares that the model can simulate as they were measured, each with the angle that it says.

    Whether the model has changed since is told beside them.
    """
    return tuple((one, one.model) for one in read_as(FILE, Residual).figures if one.model is not None)


def _row(one: SharedFigure, said: float) -> dict[str, Any]:
    published, model = _percent(one.angle), _percent(said)
    place = one.place
    return {
        "study": place.study, "arm": place.arm, "end_point": place.end_point, "day": place.day, "kind": place.kind,
        "cells": "cells" if place.cells else "drugs", "fitted": "yes" if one.fitted else "no", "published": published,
        "model": model, "difference": round(published - model, 1),
    }  # fmt: skip


def _percent(angle: float) -> float:
    return round(100 * math.sin(min(max(angle, 0.0), math.pi / 2)) ** 2, 1)


def _family(one: SharedFigure) -> str:
    return one.place.family


def _by_kind(key: Callable[[SharedFigure], str]) -> tuple[KindOfShare, ...]:
    names = dict.fromkeys(key(one) for one, _ in _simulated())
    kinds = (_kind(name, [pair for pair in _simulated() if key(pair[0]) == name]) for name in names)
    return tuple(sorted((one for one in kinds if one.figures >= _FEW), key=lambda one: -one.away))


def _kind(name: str, some: Iterable[tuple[SharedFigure, float]]) -> KindOfShare:
    pairs = [(one, _percent(said) - _percent(one.angle)) for one, said in some]
    return KindOfShare(
        name.replace("_", " "), len(pairs), len({one.place.study for one, _ in pairs}),
        sum(abs(away) for _, away in pairs) / len(pairs), sum(away > 0 for _, away in pairs) / len(pairs),
        sum(one.fitted for one, _ in pairs),
    )  # fmt: skip
