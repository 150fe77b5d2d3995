"""A site's map: its own codes, FHIRPath for values that stand elsewhere, and answers about orders that may be one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal, final

from pydantic import BaseModel, ConfigDict, Field

from lupercal.errors import InputError, LupercalError
from lupercal.exchange.fhir.dates import DateInterval, date_interval
from lupercal.exchange.fhir.drug_names import OTHER
from lupercal.exchange.fhir.entries import FhirEntry
from lupercal.exchange.fhir.ledger import FoundValue, ImportLedger
from lupercal.exchange.fhir.observations import firmness
from lupercal.exchange.fhir.orders import OrderAnswers
from lupercal.exchange.fhir.quantities import UnusableError
from lupercal.exchange.fhir.wording import shown_text
from lupercal.files.checked import read_as
from lupercal.patient.drugs import generic_name
from lupercal.patient.values import known_variable, measurement
from lupercal.patient.variables import accepts, variables

Text = Annotated[str, Field(min_length=1, max_length=500)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class OwnCode(_Strict):
    """A site's own code of a measurement; ``unit`` stands in where a value states none."""

    system: Text
    code: Text
    variable: Text
    unit: Text | None = None


class OwnDrugCode(_Strict):
    """A site's own code of a drug: a generic name, or ``other``."""

    system: Text
    code: Text
    drug: Text


class ValueRule(_Strict):
    """Where a variable stands, as FHIRPath.

    ``where`` says of a resource whether the rule is for it; ``value`` and ``date`` lead to one value each. A value is
    read as a patient file reads it: a number in ``unit``, a bound such as ``<30``, a titre, yes or no.
    """

    variable: Text
    resource: Text = "Observation"
    where: Text
    value: Text
    date: Text = "effective"
    unit: Text | None = None


class SameOrder(_Strict):
    """Two records of one order: the one that counts, and the one that is left out."""

    keep: Text
    drop: Text


class OrderRows(_Strict):
    """What a person has said about orders that may be one."""

    distinct: list[list[Text]] = []
    same: list[SameOrder] = []


class FhirMap(_Strict):
    """A site's map for ``lupercal import fhir --map``."""

    format: Literal["lupercal fhir map 1"]
    site: Annotated[str, Field(max_length=300)] = ""
    codes: Annotated[list[OwnCode], Field(max_length=5000)] = []
    drugs: Annotated[list[OwnDrugCode], Field(max_length=5000)] = []
    values: Annotated[list[ValueRule], Field(max_length=200)] = []
    orders: OrderRows = OrderRows()


@final
@dataclass(frozen=True, slots=True)
class SiteRule:
    """A rule of a site's map, ready to be asked: each path as a function of a resource."""

    variable: str
    unit: str | None
    resource: str
    where: Callable[[dict[str, Any]], list[Any]]
    value: Callable[[dict[str, Any]], list[Any]]
    date: Callable[[dict[str, Any]], list[Any]]


def read_fhir_map(path: Path) -> FhirMap:
    """Read a site's map.

    Raises
    ------
    InputError
        If it is none, or names a variable, unit or drug that is not known.
    """
    site_map = read_as(Path(path), FhirMap)
    for k, code in enumerate(site_map.codes):
        _check_variable(code.variable, code.unit, path, f"codes[{k}]")
    for k, rule in enumerate(site_map.values):
        _check_variable(rule.variable, rule.unit, path, f"values[{k}]")
    for k, drug in enumerate(site_map.drugs):
        if drug.drug != OTHER:
            generic_name(drug.drug, path, f"drugs[{k}].drug")
    return site_map


def _check_variable(name: str, unit: str | None, path: Path, field: str) -> None:
    variable = known_variable(name, path, f"{field}.variable")
    if unit is not None and not accepts(variable, unit):
        raise InputError(path, f"{field}.unit", unit, f"a unit that converts to {variable.unit}")


def site_rules(found: FhirMap, path: Path) -> tuple[SiteRule, ...]:
    """Return the rules of a map, compiled.

    Raises
    ------
    LupercalError
        If FHIRPath cannot be read on this machine.
    InputError
        If an expression is none.
    """
    return tuple(_ready(rule, path, f"values[{k}]") for k, rule in enumerate(found.values))


def _ready(rule: ValueRule, path: Path, field: str) -> SiteRule:
    parts = {key: _compiled(getattr(rule, key), path, f"{field}.{key}") for key in ("where", "value", "date")}
    return SiteRule(rule.variable, rule.unit, rule.resource, **parts)


def _compiled(text: str, path: Path, field: str) -> Callable[[dict[str, Any]], list[Any]]:
    try:
        library = import_module("fhirpathpy")
    except ImportError:
        hint = "FHIRPath in a site's map needs the package fhirpathpy: pip install 'lupercal[fhir]'"
        raise LupercalError(hint) from None
    model = import_module("fhirpathpy.models").models["r4"]
    try:
        _check_syntax(text)
        asked = library.compile(text, model)
        asked({"resourceType": "Observation"})
    except Exception as error:  # the library raises whatever it meets
        raise InputError(path, field, text, f"a FHIRPath expression ({shown_text(str(error))})") from None

    def answer(resource: dict[str, Any]) -> list[Any]:
        try:
            nodes = asked(resource)
        except Exception as error:  # as above; the item is told
            raise UnusableError(f"its path cannot be followed: {shown_text(str(error))}") from None
        return list(nodes) if isinstance(nodes, list) else [nodes]

    return answer


def _check_syntax(text: str) -> None:
    """Refuse an expression with faults of syntax, over which the library goes in silence."""
    grammar, runtime = import_module("fhirpathpy.parser.generated.FHIRPathParser"), import_module("antlr4")
    lexer = import_module("fhirpathpy.parser.generated.FHIRPathLexer").FHIRPathLexer(runtime.InputStream(text))
    lexer.removeErrorListeners()
    parser = grammar.FHIRPathParser(runtime.CommonTokenStream(lexer))
    parser.removeErrorListeners()
    parser.expression()
    if parser.getNumberOfSyntaxErrors() or parser.getCurrentToken().type != runtime.Token.EOF:
        raise ValueError("its syntax is faulty")


def order_answers(found: FhirMap) -> OrderAnswers:
    """Return what a map says about orders that may be one."""
    distinct = tuple(frozenset(group) for group in found.orders.distinct)
    return OrderAnswers(distinct, tuple((one.keep, one.drop) for one in found.orders.same))


def read_by_rules(entry: FhirEntry, rules: Iterable[SiteRule], ledger: ImportLedger) -> bool:
    """Read a resource by the rules of a site's map that are for it; return whether there was one."""
    taken = False
    for rule in rules:
        if rule.resource != entry.kind:
            continue
        try:
            if rule.where(entry.resource) != [True]:
                continue
            taken = True
            ledger.values.append(_value(entry, rule, ledger))
        except (UnusableError, InputError) as error:
            taken = True
            reason = (
                str(error)
                if isinstance(error, UnusableError)
                else f"found {shown_text(error.value)}; expected {error.expected}"
            )
            ledger.tell("refused", entry.place, entry.title, f"by the site's map for {rule.variable}: {reason}")
    return taken


def _value(entry: FhirEntry, rule: SiteRule, ledger: ImportLedger) -> FoundValue:
    rank = firmness(entry.resource.get("status")) if entry.kind == "Observation" else 0
    raw = _one(rule.value(entry.resource), "value")
    raw = float(raw) if isinstance(raw, str) and _NUMBER.fullmatch(raw.strip()) else raw
    written = raw if rule.unit is None or isinstance(raw, bool) else {"value": raw, "unit": rule.unit}
    value = measurement(variables()[rule.variable], written, "", rule.variable)
    when = _when(_one(rule.date(entry.resource), "date"))
    shown = f"{entry.title} {shown_text(raw)}"
    return FoundValue(ledger.place(), entry.place, shown, rule.variable, value, when, rank)


_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?", re.ASCII)


def _one(nodes: list[Any], what: str) -> Any:
    if len(nodes) != 1:
        raise UnusableError(f"its path leads to {len(nodes)} {what}s, not one")
    node = getattr(nodes[0], "data", nodes[0])
    return float(node) if type(node).__name__ == "Decimal" else node


def _when(raw: Any) -> DateInterval:
    when = date_interval(str(getattr(raw, "asStr", raw)))
    if when is None:
        raise UnusableError(f"{shown_text(str(raw))} is no date that exists")
    return when
