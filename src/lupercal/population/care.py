"""Drugs of usual care: who takes what, and how regularly.

Three kinds of care differ in shares and doses: a registry of all patients (*population*), a lupus *clinic*, and those
who enter a *trial*. The draws follow the severity of disease (`lupercal.population.copula`), so that sicker patients
take more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lupercal.population.quantiles import Typical, lognormal

Array = NDArray[np.float64]
Care = Literal["population", "clinic", "trial"]
CARES: tuple[Care, ...] = ("population", "clinic", "trial")


def drawn_background(u: Mapping[str, Array], p: Typical, care: Care) -> dict[str, Array]:
    """Return model inputs gc (mg/d), hq (mg/d) and ap (g/d), each of shape (N,).

    Parameters
    ----------
    u
        Draws pred, pred_dose, hcq and ap, uniform in (0, 1), shape (N,).
    p
        Parameters by symbol.
    care
        Which cohort's shares and doses.
    """
    return {
        "gc": np.where(u["pred"] > 1 - p[f"{care}_pred_share"], prednisone(u["pred_dose"], p, care), 0.0),
        "hq": np.where(u["hcq"] > 1 - p[f"{care}_hcq_share"], p["bg_hcq"], 0.0),
        "ap": np.where(u["ap"] > 1 - p[f"{care}_ap_share"], p["bg_ap"], 0.0),
    }


def prednisone(u: Array, p: Typical, care: Care) -> Array:
    """Return daily prednisone of those who take it, mg/d, in whole tablets between one tablet and the largest dose."""
    tablet = p["pred_tablet"]
    dose = lognormal(u, p[f"{care}_pred"], p[f"{care}_pred_cv"])
    return np.asarray(np.clip(np.round(dose / tablet) * tablet, tablet, p["pred_most"]), np.float64)


def absorbed(hq_gain: Array, u: Array, p: Typical) -> Array:
    """Return hydroxychloroquine in blood per daily dose, with those who hardly take it far lower."""
    return np.where(u > p["hcq_nonadherent"], hq_gain, hq_gain * p["hcq_nonadherent_factor"])
