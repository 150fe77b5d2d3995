"""A product's next step by name, with its fields as a file gives them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, final

from pydantic import ConfigDict

from lupercal.errors import InputError
from lupercal.files.checked import validated
from lupercal.registry.opened import Registry
from lupercal.registry.product_records import ProductRecord
from lupercal.registry.rows import shallow

_CLOSED = ConfigDict(extra="forbid")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFields:
    """What an order says beside patient and code."""

    __pydantic_config__ = _CLOSED
    product: str
    autologous: bool = True
    donor: str = ""
    note: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CollectFields:
    """What a collection says beside who was there."""

    __pydantic_config__ = _CLOSED
    at: str
    on: dt.date | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class MakeFields:
    """What a manufacture says."""

    __pydantic_config__ = _CLOSED
    manufacturer: str
    batch: str
    gmp_certificate: str
    dose: float | None = None
    dose_unit: str = ""
    storage: str = ""
    expires_on: dt.date | None = None
    on: dt.date | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFields:
    """What a release says: release tests with their results."""

    __pydantic_config__ = _CLOSED
    values: dict[str, Any] = field(default_factory=dict)
    on: dt.date | None = None


_FIELDS = {"order": OrderFields, "collect": CollectFields, "make": MakeFields, "release": ReleaseFields}
_WITH_PATIENT = frozenset({"order", "collect", "present", "infuse"})


def take_step(
    registry: Registry,
    code: str,
    step: str,
    *,
    patient: str | None = None,
    fields: Any = None,
    origin: object = "product",
    by: str,
    why: str = "",
) -> ProductRecord:
    """Take a product one step on.

    Parameters
    ----------
    step
        ``order``, ``collect``, ``make``, ``release``, ``present``, ``infuse``, ``put_back`` or ``discard``.
    patient
        Id or local id of whose it is to be, or of who is there.
    fields
        Further fields as plain data, checked against the step; ``origin`` names them in errors.

    Raises
    ------
    InputError
        If a field is missing or not usable.
    RefusedError
        If the step is not allowed.
    """
    there = _patient(registry, step, patient)
    kind = _FIELDS.get(step)
    if kind is None and fields:
        raise InputError(origin, "", "fields", f"none: {step} takes no file")
    given: dict[str, Any] = {}
    if kind is not None:
        checked: Any = validated(fields or {}, kind, origin)
        given = shallow(checked)
    products = registry.products
    if step == "order":
        return products.order(there, given.pop("product"), code, by=by, **given)
    name = products.by_code(code).id
    steps: Mapping[str, Callable[[], ProductRecord]] = {
        "collect": lambda: products.collect(name, there, by=by, **given),
        "make": lambda: products.make(name, by=by, **given),
        "release": lambda: products.release(name, by=by, **given),
        "present": lambda: products.present(name, there, code, by=by),
        "infuse": lambda: products.infuse(name, there, code, by=by),
        "put_back": lambda: products.put_back(name, by=by, why=why),
        "discard": lambda: products.discard(name, by=by, why=why),
    }
    if step not in steps:
        raise InputError("product", "step", step, f"one of order, {', '.join(steps)}")
    return steps[step]()


def _patient(registry: Registry, step: str, patient: str | None) -> str:
    if step not in _WITH_PATIENT:
        return ""
    if patient is None:
        raise InputError("--patient", "", None, f"whose product it is, for {step}")
    return registry.patients.find(patient).id
