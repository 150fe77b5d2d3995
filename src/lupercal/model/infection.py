"""Serious infection: a hazard that rises with steroid dose, neutropenia, low IgG and CD4 lymphopenia.

A serious infection is itself a trigger of lupus activity: it adds ``z_inf`` to Z.
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Value

CHANCE_INTERVAL_DAYS = 7  # chance events are decided once a week


def hazard(y: Names, p: Names) -> Value:
    """Return the hazard of serious infection per year."""
    neutropenia = 1 + p.h_neut / (1 + (y.NU / p.K_neut) * (y.NU / p.K_neut))
    low_igg = 1 + p.h_igg / (1 + (y.IG / p.K_igg) * (y.IG / p.K_igg))
    low_cd4 = 1 + p.h_cd4 / (1 + (y.T4 / p.K_cd4) * (y.T4 / p.K_cd4))
    return p.h_inf * (1 + p.h_gc * y.GC) * neutropenia * low_igg * low_cd4


def weekly_risk(y: Names, p: Names) -> Value:
    """Return the probability of a serious infection in the coming week, hazard × 7/365 (small, so no exponential)."""
    return hazard(y, p) * CHANCE_INTERVAL_DAYS / 365
