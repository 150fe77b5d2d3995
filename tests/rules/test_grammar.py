"""The grammar: what a rule means, and how it is refused, with line, column and a caret under the place."""

from __future__ import annotations

import pytest

from lupercal.errors import InputError
from lupercal.rules.parser import parse_rule
from lupercal.rules.syntax import Compare, Count, Drugs, Either, Every, Flag, Known, Not, Organs, Rule, TypeIn, inputs

FAILED = Drugs("failed", frozenset({"immunosuppressant"}))
A, B, C = Flag("rash"), Flag("fever"), Flag("pregnant")

MEANINGS: list[tuple[str, str, Rule]] = [
    ("pregnant", "", C),
    ("not pregnant", "", Not(C)),
    ("rash and fever or pregnant", "", Either((Every((A, B)), C))),
    ("rash or fever and pregnant", "", Either((A, Every((B, C))))),
    ("(rash or fever) and pregnant", "", Every((Either((A, B)), C))),
    ("not rash and fever", "", Every((Not(A), B))),
    ("not (rash and fever)", "", Not(Every((A, B)))),
    ("not not rash", "", Not(Not(A))),
    ("sledai_2k >= 8", "", Compare("sledai_2k", ">=", 8)),
    ("sledai_2k ≥ 8", "", Compare("sledai_2k", ">=", 8)),
    ("sledai_2k at last visit >= 8", "", Compare("sledai_2k", ">=", 8)),
    ("sledai_2k >= 8 at last visit", "", Compare("sledai_2k", ">=", 8)),
    ("sledai_2k >= 8 within 30 d", "", Compare("sledai_2k", ">=", 8, 30)),
    ("sledai_2k within 2 wk == 8", "", Compare("sledai_2k", "=", 8, 14)),
    ("sledai_2k at last visit within 2 a != 8", "", Compare("sledai_2k", "!=", 8, 730.5)),
    ("platelets >= 50", "10*9/L", Compare("platelets", ">=", 50)),
    ('platelets >= 50 "10*9/L"', "", Compare("platelets", ">=", 50)),
    ('platelets >= 50 "10^9/L"', "a", Compare("platelets", ">=", 50)),
    ('c3 >= 90 "mg/dL"', "", Compare("c3", ">=", 0.9)),
    ("rash within 1 mo", "", Flag("rash", 30.4375)),
    ("known(c3 within 90 d)", "", Known("c3", 90)),
    ("lupus_type in [systemic]", "", TypeIn(frozenset({"systemic"}))),
    ("lupus_type = chronic_cutaneous", "", TypeIn(frozenset({"discoid"}))),
    ("lupus_type != drug_related", "", Not(TypeIn(frozenset({"drug_induced"})))),
    ("any(organ in [kidney, heart])", "", Count(Organs(frozenset({"kidney", "heart"})), ">=", 1)),
    ("count(organ in [kidney]) = 0", "", Count(Organs(frozenset({"kidney"})), "=", 0)),
    ("count(failed immunosuppressant) >= 2", "", Count(FAILED, ">=", 2)),
    (
        "any(given cd19_car_t or msc stated prior_gene_modified_cells)",
        "",
        Count(Drugs("given", frozenset({"cd19_car_t", "msc"}), "prior_gene_modified_cells"), ">=", 1),
    ),
    ("rash\n  and fever", "", Every((A, B))),
]


@pytest.mark.parametrize(("text", "unit", "meaning"), MEANINGS, ids=[row[0] for row in MEANINGS])
def test_what_a_rule_means(text: str, unit: str, meaning: Rule) -> None:
    assert parse_rule(text, unit) == meaning


def test_creatinine_may_be_given_in_molar_units() -> None:
    found = parse_rule('creatinine <= 176.8 "umol/L"')
    assert isinstance(found, Compare)
    assert found.value == pytest.approx(2.0)


def test_inputs_name_what_is_asked_once() -> None:
    rule = parse_rule("rash and (rash or any(organ in [skin])) and lupus_type in [systemic] and count(failed msc) = 0")
    assert inputs(rule) == ("rash", "organs_involved", "lupus_type", "treatments")


# rule, unit, line, column of the fault, words of the expectation
FAULTS: list[tuple[str, str, int, int, str]] = [
    ("", "", 1, 1, "a variable"),
    ("sledai_2k", "", 1, 10, "a comparison with sledai_2k"),
    ("sledai_2k >=", "", 1, 13, "a number"),
    ("sledai_2k >= high", "", 1, 14, "a number"),
    ("sledai_2k 8", "", 1, 1, "a comparison with sledai_2k"),
    ("sledai2k >= 8", "", 1, 1, "perhaps sledai_2k"),
    ("platelets >= 50", "", 1, 14, 'such as "10*9/L"'),
    ("platelets >= 50", "mg/dL", 1, 14, "converts to 10*9/L"),
    ('platelets >= 50 "furlong"', "", 1, 14, "converts to 10*9/L"),
    ("sledai_2k >= 200", "", 1, 14, "0 to 105"),
    ('platelets >= 50000 "10*9/L"', "", 1, 14, "0 to 3000"),
    ("pregnant >= 1", "", 1, 10, "is a flag"),
    ("(pregnant", "", 1, 10, "')'"),
    ("pregnant)", "", 1, 9, "'and', 'or'"),
    ("pregnant rash", "", 1, 10, "'and', 'or'"),
    ("pregnant and", "", 1, 13, "a variable"),
    ("or pregnant", "", 1, 1, "a variable"),
    ("pregnant and\n  or rash", "", 2, 3, "a variable"),
    ("rash\nand fevr", "", 2, 5, "perhaps fever"),
    ("any(organ in [kidny])", "", 1, 15, "perhaps kidney"),
    ("any(organ in [])", "", 1, 15, "an organ"),
    ("any(organ in kidney)", "", 1, 14, "'['"),
    ("any(organ in [kidney)", "", 1, 21, "']'"),
    ("any(kidney)", "", 1, 5, "'organ in"),
    ("count(failed immunosuppressant)", "", 1, 32, "a comparison after count"),
    ("count(failed immunosuppressant) >= 1.5", "", 1, 36, "a whole number"),
    ("count(failed aspirin) >= 1", "", 1, 14, "a class of drugs or a drug"),
    ("count(failed msc stated lvef) >= 1", "", 1, 25, "a flag or a number of points"),
    ("lupus_type = lupus", "", 1, 14, "a type of lupus"),
    ("lupus_type systemic", "", 1, 12, "'in', '='"),
    ("known(sledai_2k", "", 1, 16, "')'"),
    ("sledai_2k within 30 >= 8", "", 1, 21, "a unit of time"),
    ("sledai_2k within 0 d >= 8", "", 1, 18, "a window"),
    ("sledai_2k within 30 d >= 8 within 30 d", "", 1, 28, "one window"),
    ("sledai_2k at first visit >= 8", "", 1, 14, "'last'"),
    ("sledai_2k >= -8", "", 1, 14, "a name, a number"),
    ("rash; drop", "", 1, 5, "a name, a number"),
    ('__import__("os").system("true")', "", 1, 1, "a name, a number"),
    ("rash\u202e and fever", "", 1, 5, "a name, a number"),
    ("sledai_2k >= 8d", "", 1, 14, "a name, a number"),
    ("sledai_2k >= 1e999", "", 1, 14, "a name, a number"),
    ("not " * 21 + "rash", "", 1, 81, "at most 20 levels"),
    ("(" * 21 + "rash" + ")" * 21, "", 1, 21, "at most 20 levels"),
]


@pytest.mark.parametrize(("text", "unit", "line", "column", "expected"), FAULTS, ids=[row[0][:40] for row in FAULTS])
def test_a_fault_names_its_place(text: str, unit: str, line: int, column: int, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_rule(text, unit, "file.yaml", "criteria[0].rule")
    assert caught.value.field == f"criteria[0].rule, line {line}, column {column}"
    assert expected in caught.value.expected
    shown, caret = str(caught.value).split("\n")[-2:]
    place = caret.index("^")
    wanted = text.split("\n")[line - 1][column - 1 : column]
    assert shown[place : place + 1].strip() == (wanted if wanted.isprintable() else "").strip()


def test_a_long_line_is_cut_around_the_caret() -> None:
    with pytest.raises(InputError) as caught:
        parse_rule("rash and " * 80 + "fevr")
    assert max(map(len, str(caught.value).split("\n")[1:])) <= 110


def test_long_rules_are_refused_by_length_and_by_number_of_words() -> None:
    with pytest.raises(InputError, match="at most 2000 characters"):
        parse_rule("rash or " * 1000 + "rash")
    with pytest.raises(InputError, match="at most 400 words"):
        parse_rule("(" * 401)
