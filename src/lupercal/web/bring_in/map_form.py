"""The map of a table as a form: what each column holds, its unit, how its dates are written, and what is still open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, final, get_args

from lupercal.errors import LupercalError
from lupercal.exchange.tables.map_file import PLACING, ROLES, MapFile, Rows, SheetMap
from lupercal.exchange.tables.map_text import map_as_text
from lupercal.files.checked import validated
from lupercal.files.documents import parse_yaml
from lupercal.patient.unit_words import unit_in_words
from lupercal.patient.variables import variables

Part = Literal["columns", "variables"]
PARTS: tuple[Part, ...] = get_args(Part)
ORDERS: dict[str, str] = {
    "": "as it stands, where that can be read in one way", "iso": "2025-03-31", "dmy": "31.3.2025", "mdy": "3/31/2025",
    "ymd": "2025/3/31", "serial-1900": "days since 1900", "serial-1904": "days since 1904",
}  # fmt: skip
"""Orders of day, month and year by an example."""
ROLE_WORDS = {
    "ignore": "set aside", "patient": "who it is (number or name of the patient)", "date": "date of the visit",
    "day": "day of the visit, counted from day 0", "label": "name of the visit", "variable": "name of the test",
    "value": "result of the test", "comparator": "sign before a result (<, >)", "unit": "unit of the result",
    "attribution": "what a finding is put down to", "drug": "drug", "amount": "dose", "sex": "sex",
    "birth_date": "date of birth", "age_years": "age in years", "lupus_type": "type of lupus",
    "diagnosis_year": "year of diagnosis", "reference_date": "date of day 0", "title": "heading of the record",
    "start_date": "first date of a treatment", "stop_date": "last date of a treatment",
    "start_day": "first day of a treatment", "stop_day": "last day of a treatment", "status": "status of a treatment",
    "note": "note on a treatment",
}  # fmt: skip
_SIGNS = {"decimal": (".", ","), "thousands": (".", ",", "'", " ")}


@final
@dataclass(frozen=True, slots=True)
class MapLine:
    """One line of the form: a column, or a name in the column of tests.

    ``key`` begins the names of its fields; ``samples`` are the first cells; ``question`` what is still open.
    """

    key: str
    name: str
    holds: str
    unit: str
    dates: str
    of: str
    question: str
    samples: tuple[str, ...]

    @property
    def known_unit(self) -> str:
        """The dictionary's unit in words, where the line holds a quantity."""
        definition = variables().get(self.holds)
        return unit_in_words(definition.unit) if definition is not None and definition.kind == "quantity" else ""

    @property
    def dated(self) -> bool:
        """Whether the cells may be dates."""
        return self.holds.endswith("date")


@final
@dataclass(frozen=True, slots=True)
class MapSection:
    """The lines of one table, or of the tests in it; ``offered`` is what a line may hold, with words for it."""

    title: str
    rows: Rows
    lines: tuple[MapLine, ...]
    offered: tuple[tuple[str, str], ...]


def read_map_text(text: str) -> MapFile | None:
    """Return the map that a text is; None where it is none, which only its text can then show."""
    try:
        return validated(parse_yaml(text, "map"), MapFile, "map")
    except LupercalError:
        return None


def map_sections(made: MapFile, samples: Mapping[str, tuple[str, ...]]) -> tuple[MapSection, ...]:
    """Return a map as sections of a form; ``samples`` are first cells by the key of a line."""
    return tuple(_section(made, i, part, samples) for i, part in _places(made))


def map_from_form(made: MapFile, form: Mapping[str, str]) -> str:
    """Return the text of a map with the answers of a form.

    A question counts as answered where its line was ticked as checked, or says something else than before; that of a
    column of dates also where the order for the whole table is chosen.

    Raises
    ------
    LupercalError
        If a field holds what no map can hold.
    """
    answers: dict[str, Any] = made.model_dump(by_alias=True)
    for i, part in _places(made):
        uses = answers["tables"][i][part]
        for k, use in enumerate(uses.values()):
            _answer(use, f"{i}.{part}.{k}", form)
    answers["unsure"] = [doubt for k, doubt in enumerate(made.unsure) if not form.get(f"doubt.{k}")]
    answers["day_0"] = form.get("day_0") or made.day_0
    answers["writes"] |= {name: form[name] or None for name in _SIGNS if form.get(name) in {"", *_SIGNS[name]}}
    answers["writes"] |= {"dates": form["dates"] or None} if form.get("dates") in ORDERS else {}
    answers["person"]["id"] = form.get("person", "").strip() or None
    return map_as_text(validated(answers, MapFile, "map"))


def open_question(made: MapFile) -> str:
    """Return the first question without whose answer nothing can be read, as a sentence; empty where none is left."""
    if made.unsure:
        return f"A question about the whole table is open: {made.unsure[0]}."
    uses = ((name, use) for table in made.tables for name, use in table.columns.items())
    name, use = next(((name, use) for name, use in uses if use.unsure and use.is_ in PLACING), ("", None))
    return "" if use is None else f"Column {name} is still unsure: {use.unsure}. Answer it, or tick it as checked."


def _answer(use: dict[str, Any], key: str, form: Mapping[str, str]) -> None:
    """Take the answers of one line into what the map said of it."""
    before = {name: use[name] for name in ("is", "unit", "dates")}
    use["is"] = form.get(f"{key}.is", "").strip() or use["is"]
    use["unit"] = form.get(f"{key}.unit", "").strip() or None
    use["dates"] = form.get(f"{key}.dates") or None
    if use["is"] != before["is"]:
        use["of"] = None
    dated = use["is"].endswith("date") and bool(form.get("dates"))  # the order that holds for the whole table
    if dated or form.get(f"{key}.sure") or before != {name: use[name] for name in before}:
        use["unsure"] = ""


def _places(made: MapFile) -> Iterator[tuple[int, Part]]:
    return ((i, part) for i, table in enumerate(made.tables) for part in PARTS if getattr(table, part))


def _section(made: MapFile, i: int, part: Part, samples: Mapping[str, tuple[str, ...]]) -> MapSection:
    table = made.tables[i]
    uses = getattr(table, part)
    lines = tuple(
        MapLine(
            f"{i}.{part}.{k}", name, use.is_, use.unit or "", use.dates or "", use.of or "", use.unsure,
            samples.get(f"{i}.{part}.{k}", ()),
        )
        for k, (name, use) in enumerate(uses.items())
    )  # fmt: skip
    what = "Columns" if part == "columns" else "Tests"
    title = f"{what} of {table.sheet}" if table.sheet else what
    return MapSection(title, table.rows, lines, tuple(_offered(table, part)))


def _offered(table: SheetMap, part: Part) -> Iterator[tuple[str, str]]:
    roles = ROLES[table.rows] if part == "columns" else ("ignore",)
    yield from ((name, ROLE_WORDS[name]) for name in roles if name in ROLE_WORDS)
    if part == "variables" or table.rows == "visits":
        yield from ((name, one.label) for name, one in variables().items())
