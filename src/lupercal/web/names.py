"""What programmes and therapies are called on pages: their names, and no code of the program."""

from __future__ import annotations

from lupercal.programmes.registry import programmes
from lupercal.therapy.registry import products, regimens


def programme_name(programme: str) -> str:
    """Return the name of a programme; one that is not known any more stays as it was written."""
    return programmes()[programme].name if programme in programmes() else programme


def regimen_name(regimen: str) -> str:
    """Return the name of a therapy; one that is not known any more stays as it was written."""
    return regimens()[regimen].name if regimen in regimens() else regimen.replace("_", " ")


def product_name(product: str) -> str:
    """Return the name of a product; one that is not known any more stays as it was written."""
    return products()[product].name if product in products() else product.replace("_", " ")
