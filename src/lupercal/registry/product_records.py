"""What is kept of a cell product: its chain of identity, from collection to infusion."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import final

from lupercal.registry.records import Json, KeptRecord, ProductState


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRecord(KeptRecord):
    """A cell product with its chain of identity, from collection to infusion.

    Parameters
    ----------
    patient
        The only patient it may be given to.
    product
        Id of a product in `lupercal.therapy`, or a name.
    code
        What is printed on the bag; unique in the registry.
    autologous
        Whether the cells are the patient's own; ``donor`` names the donor's code otherwise.
    release_values
        Release tests with their results, such as ``viability: 92 %``.
    presented_by, infused_by, confirmed_by
        Who checked patient and product at the bedside first, who gave it, and the second person who confirmed.
    """

    patient: str
    product: str
    code: str
    autologous: bool = True
    donor: str = ""
    state: ProductState = "ordered"
    collected_on: dt.date | None = None
    collected_at: str = ""
    collected_by: str = ""
    manufacturer: str = ""
    batch: str = ""
    gmp_certificate: str = ""
    made_on: dt.date | None = None
    released_on: dt.date | None = None
    released_by: str = ""
    release_values: Json = field(default_factory=dict)
    dose: float | None = None
    dose_unit: str = ""
    storage: str = ""
    expires_on: dt.date | None = None
    presented_by: str = ""
    infused_at: dt.datetime | None = None
    infused_into: str = ""
    infused_by: str = ""
    confirmed_by: str = ""
    discarded_on: dt.date | None = None
    note: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ProductEvent:
    """One step of a product's chain of identity, as the audit keeps it."""

    product: str
    step: str
    at: dt.datetime
    by: str
    said: Json
