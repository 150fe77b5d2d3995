"""All products and regimens by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from lupercal.files.checked import read_folder
from lupercal.therapy.body import FOLDER
from lupercal.therapy.names import directory, find
from lupercal.therapy.records import Product
from lupercal.therapy.regimen_records import Regimen

DEFAULT_THERAPIES = ("standard_care", "cd19_car_t", "rituximab", "msc_umbilical", "ahsct")
"""What a forecast compares where no therapy is named."""


@cache
def products() -> Mapping[str, Product]:
    """Return all products by id, one file each in ``therapy/products/``."""
    return {product.id: product for product in read_folder(FOLDER / "products", Product)}


@cache
def regimens() -> Mapping[str, Regimen]:
    """Return all regimens by id, one file each in ``therapy/regimens/``."""
    return {regimen.id: regimen for regimen in read_folder(FOLDER / "regimens", Regimen)}


def product(name: str) -> Product:
    """Return a product by id, name or alias; `InputError` names the nearest ones where none fits."""
    return products().get(name) or find(name, _product_names(), "product")


def regimen(name: str) -> Regimen:
    """Return a regimen by id, name or alias; `InputError` names the nearest ones where none fits."""
    return regimens().get(name) or find(name, _regimen_names(), "regimen")


@cache
def _product_names() -> Mapping[str, Product]:
    return directory(products().values(), "product")


@cache
def _regimen_names() -> Mapping[str, Regimen]:
    return directory(regimens().values(), "regimen")
