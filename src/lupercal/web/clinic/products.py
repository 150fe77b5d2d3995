"""Cell products of one patient: the chain of identity step by step, and the infusion that takes two people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from lupercal.errors import LupercalError
from lupercal.registry.product_records import ProductRecord
from lupercal.registry.products import Products
from lupercal.therapy.registry import products as known_products
from lupercal.web.clinic.access import actor, date_in, posted, registry_here, seen, tried
from lupercal.web.rendering import rendered
from lupercal.web.rights.gate import NotAllowedError, may
from lupercal.web.typed import amount
from lupercal.web.workbench import session_of

router = APIRouter(prefix="/patients/{patient}/products")
Form = Annotated[dict[str, str], Depends(posted)]
CELLS = ("car_t", "graft", "msc", "exosome")


@router.get("")
def products_page(request: Request, patient: str) -> Response:
    """Show the products of a patient with every step taken."""
    return _page(request, patient)


@router.post("")
def order(request: Request, patient: str, form: Form) -> Response:
    """Order a product under the code that its bag will carry."""

    def act() -> None:
        registry_here(request).products.order(
            patient, form.get("product", ""), form.get("code", "").strip(), by=actor(request),
            autologous=form.get("donor", "").strip() == "", donor=form.get("donor", "").strip(),
        )  # fmt: skip

    return _tried(request, patient, act)


@router.post("/{product}/{step}")
def take_product_step(request: Request, patient: str, product: str, step: str, form: Form) -> Response:
    """Take a step of the chain of identity; each is refused where it does not follow."""
    if step in {"present", "infuse", "put-back"} and not may(session_of(request), "confirm products"):
        raise NotAllowedError("Checking patient and product is not part of your role.")

    def act() -> None:
        if step not in _STEPS:
            raise LupercalError(f"there is no step {step[:20]}")
        bag = registry_here(request).products.get(product)
        if bag.patient != patient:
            raise LupercalError("the product belongs to another patient")
        _STEPS[step](registry_here(request).products, bag, form, actor(request))

    return _tried(request, patient, act)


def _collect(shelf: Products, one: ProductRecord, form: Mapping[str, str], by: str) -> None:
    shelf.collect(one.id, form.get("person", "").strip(), by=by, at=form.get("place", ""), on=date_in(form, "on"))


def _make(shelf: Products, one: ProductRecord, form: Mapping[str, str], by: str) -> None:
    shelf.make(
        one.id, by=by, manufacturer=form.get("manufacturer", ""), batch=form.get("batch", ""),
        gmp_certificate=form.get("gmp_certificate", ""), dose=amount(form.get("dose", ""), "a dose"),
        dose_unit=form.get("dose_unit", ""), storage=form.get("storage", ""), expires_on=date_in(form, "expires_on"),
        on=date_in(form, "on"),
    )  # fmt: skip


def _release(shelf: Products, one: ProductRecord, form: Mapping[str, str], by: str) -> None:
    lines = (line.partition(":") for line in form.get("values", "").splitlines() if line.strip())
    shelf.release(one.id, by=by, values={name.strip(): said.strip() for name, _, said in lines}, on=date_in(form, "on"))


def _present(shelf: Products, one: ProductRecord, form: Mapping[str, str], by: str) -> None:
    shelf.present(one.id, form.get("person", "").strip(), form.get("code", "").strip(), by=by)


def _infuse(shelf: Products, one: ProductRecord, form: Mapping[str, str], by: str) -> None:
    shelf.infuse(one.id, form.get("person", "").strip(), form.get("code", "").strip(), by=by)


def _put_back(shelf: Products, one: ProductRecord, form: Mapping[str, str], by: str) -> None:
    shelf.put_back(one.id, by=by, why=form.get("why", ""))


def _discard(shelf: Products, one: ProductRecord, form: Mapping[str, str], by: str) -> None:
    shelf.discard(one.id, by=by, why=form.get("why", ""))


_STEPS: Mapping[str, Callable[[Products, ProductRecord, Mapping[str, str], str], None]] = {
    "collect": _collect, "make": _make, "release": _release, "present": _present, "infuse": _infuse,
    "put-back": _put_back, "discard": _discard,
}  # fmt: skip


def _tried(request: Request, patient: str, act: Callable[[], None]) -> Response:
    return tried(act, f"/patients/{patient}/products", lambda status, why: _page(request, patient, status, why))


def _page(request: Request, patient: str, status: int = 200, refused: str = "") -> Response:
    registry, who = registry_here(request), seen(request, patient, "products")
    bags = registry.products.of_patient(patient)
    offered = [(key, one.name) for key, one in known_products().items() if one.family in CELLS]
    events = {one.id: registry.products.events(one.id) for one in bags}
    return rendered(
        request,
        "clinic/products.html",
        status,
        who=who,
        products=bags,
        events=events,
        offered=offered,
        refused=refused,
    )
