"""Cell products and their chain of identity: from collection to infusion, never into anybody else.

Every step asks who takes it, and is refused where it does not follow. The infusion takes two people: the first presents
patient and bag at the bedside, the second checks both again and confirms. The table itself refuses an infusion into
another patient, without release or without a second person, whoever writes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lupercal.registry import tables
from lupercal.registry.kinds import PRODUCT
from lupercal.registry.memory import Memory
from lupercal.registry.product_records import ProductEvent, ProductRecord
from lupercal.registry.records import ProductState
from lupercal.registry.refusals import RefusedError, UnknownError
from lupercal.registry.rows import moment
from lupercal.registry.shelf import Shelf

_FOLLOWS: Mapping[ProductState, tuple[ProductState, ...]] = {
    "ordered": ("collected", "made", "discarded"),
    "collected": ("made", "discarded"),
    "made": ("released", "discarded"),
    "released": ("presented", "discarded"),
    "presented": ("infused", "released", "discarded"),
    "infused": (),
    "discarded": (),
}
"""Which step may follow which; cells of a donor need no collection from the patient."""


class Products(Shelf[ProductRecord]):
    """Products of the registry; every method returns the record as it stands after the step."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory, PRODUCT)

    def order(
        self,
        patient: str,
        product: str,
        code: str,
        *,
        by: str,
        autologous: bool = True,
        donor: str = "",
        note: str = "",
    ) -> ProductRecord:
        """Order a product for one patient, under the code that its bag will carry.

        Raises
        ------
        RefusedError
            If the code is in use, or cells of a donor have no donor's code.
        """
        asked = f"product {code}"
        if not code.strip():
            raise RefusedError("a product without code", "every bag carries one")
        if not autologous and not donor.strip():
            raise RefusedError(asked, "cells that are not the patient's own need the donor's code")
        with self.memory.writing():
            if self.where(tables.product.c.code == code):
                raise RefusedError(asked, "the code is in use")
            record = ProductRecord(
                patient=patient, product=product, code=code, autologous=autologous, donor=donor, note=note
            )
            return self.add(record, by=by, action="order")

    def by_code(self, code: str) -> ProductRecord:
        """Return the product that carries a code."""
        products = self.where(tables.product.c.code == code)
        if not products:
            raise UnknownError("product", code)
        return products[0]

    def collect(
        self, name: str, patient: str, *, by: str, at: str, on: dt.date | None = None, version: int | None = None
    ) -> ProductRecord:
        """Record the collection of cells; ``patient`` is who lay on the chair, ``at`` the place.

        Raises
        ------
        RefusedError
            If it is another patient than the product's, or the step does not follow.
        """
        with self.memory.writing():
            record = self._next(name, "collected", version)
            if record.autologous and patient != record.patient:
                raise RefusedError(f"collecting {record.code}", "it belongs to another patient")
            day = on or moment().date()
            return self._kept(
                replace(record, state="collected", collected_on=day, collected_at=at, collected_by=by), by, "collect"
            )

    def make(
        self,
        name: str,
        *,
        by: str,
        manufacturer: str,
        batch: str,
        gmp_certificate: str,
        dose: float | None = None,
        dose_unit: str = "",
        storage: str = "",
        expires_on: dt.date | None = None,
        on: dt.date | None = None,
        version: int | None = None,
    ) -> ProductRecord:
        """Record manufacture: by whom, in which batch, under which GMP certificate, dose, storage, expiry.

        Raises
        ------
        RefusedError
            If manufacturer, batch or certificate is missing, the patient's own cells were not collected, or the step
            does not follow.
        """
        with self.memory.writing():
            record = self._next(name, "made", version)
            if record.autologous and record.state != "collected":
                raise RefusedError(f"making {record.code}", "the patient's cells are not recorded as collected")
            needed = {"manufacturer": manufacturer, "batch": batch, "GMP certificate": gmp_certificate}
            missing = [what for what, said in needed.items() if not said.strip()]
            if missing:
                raise RefusedError(f"making {record.code}", f"without {', '.join(missing)}")
            made = replace(
                record, state="made", manufacturer=manufacturer, batch=batch, gmp_certificate=gmp_certificate,
                dose=dose, dose_unit=dose_unit, storage=storage, expires_on=expires_on, made_on=on or moment().date(),
            )  # fmt: skip
            return self._kept(made, by, "make")

    def release(
        self,
        name: str,
        *,
        by: str,
        values: Mapping[str, Any],
        on: dt.date | None = None,
        version: int | None = None,
    ) -> ProductRecord:
        """Release a product for infusion, with the values of its release tests.

        Raises
        ------
        RefusedError
            If no value is given, the product has expired, or the step does not follow.
        """
        with self.memory.writing():
            record, day = self._next(name, "released", version), on or moment().date()
            if not values:
                raise RefusedError(f"releasing {record.code}", "no release value is recorded")
            self._check_expiry(record, day, "releasing")
            made = replace(record, state="released", released_on=day, released_by=by, release_values=dict(values))
            return self._kept(made, by, "release")

    def present(
        self, name: str, patient: str, code: str, *, by: str, on: dt.date | None = None, version: int | None = None
    ) -> ProductRecord:
        """First check at the bedside: the patient's wristband and the bag's code as this person read them.

        Raises
        ------
        RefusedError
            If patient and product do not match, the product is not released or has expired.
        """
        with self.memory.writing():
            record = self._next(name, "presented", version)
            self._check_match(record, patient, code)
            self._check_expiry(record, on or moment().date(), "presenting")
            return self._kept(replace(record, state="presented", presented_by=by), by, "present")

    def infuse(
        self,
        name: str,
        patient: str,
        code: str,
        *,
        by: str,
        given_by: str | None = None,
        at: dt.datetime | None = None,
        version: int | None = None,
    ) -> ProductRecord:
        """Second check and infusion: another person reads wristband and bag again and confirms.

        Parameters
        ----------
        by
            The second person, who confirms; another than who presented and than who gives the product.
        given_by
            Who gives it; who presented it where not stated.

        Raises
        ------
        RefusedError
            If patient and product do not match, it is the same person, the product is not presented or has expired.
        """
        with self.memory.writing():
            record = self._next(name, "infused", version)
            self._check_match(record, patient, code)
            when = moment(at)
            self._check_expiry(record, when.date(), "infusing")
            giver = given_by or record.presented_by
            if _same_person(by, record.presented_by) or _same_person(by, giver):
                raise RefusedError(f"infusing {record.code}", "a second person has to confirm patient and product")
            made = replace(
                record, state="infused", infused_at=when, infused_into=patient, infused_by=giver, confirmed_by=by
            )
            return self._kept(made, by, "infuse")

    def put_back(self, name: str, *, by: str, why: str, version: int | None = None) -> ProductRecord:
        """Take a presented product back: nothing was infused, it is released as before."""
        with self.memory.writing():
            record = self._next(name, "released", version)
            if record.state != "presented":
                raise RefusedError(f"putting {record.code} back", "it was not presented")
            return self._kept(replace(record, state="released", presented_by=""), by, "put back", why)

    def discard(
        self, name: str, *, by: str, why: str, on: dt.date | None = None, version: int | None = None
    ) -> ProductRecord:
        """Discard a product that was not infused; a reason is needed."""
        with self.memory.writing():
            record = self._next(name, "discarded", version)
            if not why.strip():
                raise RefusedError(f"discarding {record.code}", "a reason is needed")
            made = replace(record, state="discarded", discarded_on=on or moment().date())
            return self._kept(made, by, "discard", why)

    def events(self, name: str) -> tuple[ProductEvent, ...]:
        """Return every step of a product's chain of identity, oldest first."""
        return tuple(
            ProductEvent(
                product=name, step=done.entry.action, at=dt.datetime.fromisoformat(done.entry.at), by=done.entry.by,
                said=done.after or {},
            )
            for done in self.history(name)
        )  # fmt: skip

    def _next(self, name: str, to: ProductState, version: int | None) -> ProductRecord:
        """Return a product if it may take a step; raise `RefusedError` where it may not."""
        record = self.get(name)
        if version is not None and version != record.version:
            self.change(
                replace(record, version=version), by=record.changed_by
            )  # raises the conflict with both versions
        if to not in _FOLLOWS[record.state]:
            raise RefusedError(f"product {record.code}: from {record.state} to {to}", _what_follows(record.state))
        return record

    def _kept(self, record: ProductRecord, by: str, action: str, why: str = "") -> ProductRecord:
        return self.change(record, by=by, why=why, action=action)

    def _check_match(self, record: ProductRecord, patient: str, code: str) -> None:
        if code != record.code:
            raise RefusedError(f"product {record.code}", "the code that was read is another bag's")
        if patient != record.patient:
            raise RefusedError(f"product {record.code}", "it belongs to another patient")

    def _check_expiry(self, record: ProductRecord, day: dt.date, doing: str) -> None:
        if record.expires_on is not None and day > record.expires_on:
            raise RefusedError(f"{doing} {record.code}", f"it expired on {record.expires_on}")

    def _order(self) -> Sequence[Any]:
        return (tables.product.c.patient, tables.product.c.code)


def _same_person(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _what_follows(state: ProductState) -> str:
    follows = _FOLLOWS[state]
    return f"after {state} comes {', '.join(follows)}" if follows else f"what is {state} stays so"
