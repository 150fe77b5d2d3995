"""Patient files that must be refused in one sentence; shared by the tests of reading and of the command line."""

from __future__ import annotations

import json
from pathlib import Path

VISIT = "id: a\nvisits:\n  - day: 0\n    values: {%s}\n"
TREATMENT = "id: a\ntreatments:\n  - {%s}\n"

# name -> (content, word the field must contain)
TEXTS: dict[str, tuple[str, str]] = {
    "wrong-type.yaml": (VISIT % "c3: [0.7]", "visits[0].values.c3"),
    "mapping-as-value.yaml": (VISIT % "c3: {low: 1}", "visits[0].values.c3"),
    "mapping-without-value.yaml": (VISIT % "c3: {unit: g/L}", "visits[0].values.c3"),
    "boolean-as-number.yaml": (VISIT % "creatinine: true", "visits[0].values.creatinine"),
    "number-as-flag.yaml": (VISIT % "rash: 2", "visits[0].values.rash"),
    "text-as-flag.yaml": (VISIT % "rash: maybe", "visits[0].values.rash"),
    "unknown-as-flag.yaml": (VISIT % "rash: NA", "visits[0].values.rash"),
    "other-unit-without-saying.yaml": (VISIT % "uacr: 25", "visits[0].values.uacr"),
    "bare-text-number.yaml": (VISIT % 'c3: "0.7"', "visits[0].values.c3"),
    "null-value.yaml": (VISIT % "c3: null", "visits[0].values.c3"),
    "unknown-key.yaml": ("id: a\nvists: []\n", ""),
    "unknown-variable.yaml": (VISIT % "creatinin: 0.8", "visits[0].values.creatinin"),
    "impossible-value.yaml": (VISIT % "hemoglobin: 300", "visits[0].values.hemoglobin"),
    "impossible-after-conversion.yaml": (VISIT % "c3: {value: 90, unit: g/L}", "visits[0].values.c3"),
    "negative-count.yaml": (VISIT % "platelets: -5", "visits[0].values.platelets"),
    "fraction-of-a-point.yaml": (VISIT % "sledai_2k: 4.5", "visits[0].values.sledai_2k"),
    "other-dimension.yaml": (VISIT % "c3: {value: 1, unit: mmol/L}", "visits[0].values.c3"),
    "unknown-unit.yaml": (VISIT % "c3: {value: 1, unit: furlong}", "visits[0].values.c3"),
    "unit-as-number.yaml": (VISIT % "c3: {value: 1, unit: 3}", "visits[0].values.c3.unit"),
    "international-for-arbitrary.yaml": (
        VISIT % "anti_dsdna_arbitrary: {value: 50, unit: IU/mL}",
        "anti_dsdna_arbitrary",
    ),
    "arbitrary-for-international.yaml": (VISIT % 'anti_dsdna: ">5000 U/mL"', "visits[0].values.anti_dsdna"),
    "titre-of-creatinine.yaml": (VISIT % 'creatinine: "1:80"', "visits[0].values.creatinine"),
    "not-a-number.yaml": (VISIT % "c3: .nan", "c3"),
    "infinite.yaml": (VISIT % "c3: .inf", "c3"),
    "exponent-overflow.yaml": (VISIT % "c3: 1.0e400", "c3"),
    "huge-integer.yaml": (VISIT % ("c3: " + "9" * 400), "visits[0].values.c3"),
    "path-as-value.yaml": (VISIT % "c3: /etc/passwd", "visits[0].values.c3"),
    "path-as-id.yaml": ("id: ../../etc/passwd\n", "id"),
    "no-id.yaml": ("title: nobody\n", "id"),
    "id-as-number.yaml": ("id: 7\n", "id"),
    "duplicate-day.yaml": ("id: a\nvisits: [{day: 0}, {day: 0}]\n", "visits[1].day"),
    "duplicate-date.yaml": (
        "id: a\nreference_date: 2020-01-01\nvisits: [{date: 2020-02-01}, {date: 2020-02-01}]\n",
        "visits[1].date",
    ),
    "future-date.yaml": ("id: a\nreference_date: 2020-01-01\nvisits: [{date: 2999-01-01}]\n", "visits[0].date"),
    "future-day.yaml": ("id: a\nreference_date: 2020-01-01\nvisits: [{day: 36000}]\n", "visits[0].day"),
    "day-against-date.yaml": (
        "id: a\nreference_date: 2020-01-01\nvisits: [{day: 3, date: 2020-01-02}]\n",
        "visits[0].day",
    ),
    "no-such-date.yaml": ("id: a\nvisits: [{day: 0, date: 2021-02-30}]\n", "visits[0].date"),
    "date-without-day-zero.yaml": ("id: a\nvisits: [{date: 2021-02-03}]\n", "reference_date"),
    "neither-day-nor-date.yaml": ("id: a\nvisits: [{label: when}]\n", "visits[0]"),
    "day-as-fraction.yaml": ("id: a\nvisits: [{day: 0.5}]\n", "visits[0].day"),
    "attribution-of-nothing.yaml": ("id: a\nvisits: [{day: 0, attribution: {rash: sle}}]\n", "visits[0].attribution"),
    "unknown-attribution.yaml": (
        "id: a\nvisits: [{day: 0, values: {rash: true}, attribution: {rash: fate}}]\n",
        "visits[0].attribution.rash",
    ),
    "unknown-drug.yaml": (TREATMENT % "drug: rituximap", "treatments[0].drug"),
    "dose-without-unit.yaml": (TREATMENT % "drug: prednisone, amount: 10", "treatments[0].unit"),
    "dose-of-other-dimension.yaml": (TREATMENT % "drug: prednisone, amount: 10, unit: mL", "treatments[0].unit"),
    "impossible-dose.yaml": (TREATMENT % "drug: hydroxychloroquine, amount: 400, unit: g/d", "treatments[0].amount"),
    "diagnosis-after-all-visits.yaml": (
        "id: a\nreference_date: 2020-01-01\ndiagnosis_year: 2024\nvisits: [{day: 30}]\n",
        "diagnosis_year",
    ),
    "breastfeeding-male.yaml": (
        "id: a\nsex: male\nvisits: [{day: 0, values: {breastfeeding: true}}]\n",
        "breastfeeding",
    ),
    "drug-in-eight-thousand-years.yaml": (
        "id: a\nreference_date: 2020-01-01\ntreatments: [{drug: belimumab, start_date: 9999-12-31}]\n",
        "treatments[0].start_date",
    ),
    "stops-before-start.yaml": (TREATMENT % "drug: belimumab, start_day: 5, stop_day: 1", "treatments[0].stop_day"),
    "empty.yaml": ("", ""),
    "only-comment.yaml": ("# nothing\n", ""),
    "list-at-top.yaml": ("- id: a\n", ""),
    "text-at-top.yaml": ("hello\n", ""),
    "two-documents.yaml": ("id: a\n---\nid: b\n", "line"),
    "duplicate-key.yaml": ("id: a\nid: b\n", "line 2"),
    "tab-indentation.yaml": ("id: a\nvisits:\n\t- day: 0\n", "line 3"),
    "unclosed.yaml": ("id: [a\n", "line"),
    "python-tag.yaml": ('id: !!python/object/apply:os.system ["true"]\n', "line 1"),
    "plain-tag.yaml": ("id: !!str a\n", "line 1"),
    "anchor-bomb.yaml": (
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{c}: &{c} [{','.join(['*' + p] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)),
        "line 1",
    ),
    "merge-key.yaml": ("id: a\n<<: {title: b}\n", ""),
    "deep.yaml": ("id: " + "[" * 500 + "]" * 500 + "\n", "line 1"),
    "escaped-null.yaml": ('id: a\ntitle: "b\\0c"\n', "title"),
    "long-text.yaml": ("id: a\ntitle: " + "x" * 1_000_000 + "\n", "title"),
    "many-visits.yaml": ("id: a\nvisits:\n" + "".join(f"- {{day: {-i}}}\n" for i in range(6000)), "visits"),
    "trailing-comma.json": ('{"id": "a",}', "line 1"),
    "nan.json": ('{"id": "a", "age_years": NaN}', ""),
    "overflow.json": ('{"id": "a", "age_years": 1e400}', "age_years"),
    "duplicate-key.json": ('{"id": "a", "id": "b"}', "id"),
    "huge-integer.json": ('{"id": "a", "age_years": ' + "9" * 5000 + "}", ""),
    "long-integer.json": ('{"id": "a", "age_years": ' + "9" * 400 + "}", "age_years"),
    "deep.json": ("[" * 100_000, ""),
    "surrogate.json": ('{"id": "a", "title": "\\ud800"}', "title"),
    "wrong-suffix.json": ("id: a\n", "line 1"),
    "text-as-number.json": (json.dumps({"id": "a", "age_years": "28"}), "age_years"),
    "boolean-age.json": (json.dumps({"id": "a", "age_years": True}), "age_years"),
}

BYTES: dict[str, tuple[bytes, str]] = {
    "binary.yaml": (bytes(range(256)), ""),
    "latin-1.yaml": ("id: a\ntitle: Müller\n".encode("latin-1"), ""),
    "utf-16.yaml": ("id: a\n".encode("utf-16"), ""),
    "null-byte.yaml": (b"id: a\ntitle: b\0c\n", ""),
    "control-character.yaml": (b"id: a\ntitle: b\x07c\n", ""),
    "ten-megabytes.yaml": (b"[" * 10_000_000, ""),
    "two-megabytes.json": (b"[" * 1_900_000, ""),
}


def hostile_cases(folder: Path) -> list[Path]:
    """Write every hostile file into ``folder``; the last two paths are a directory and a file that does not exist."""
    paths = [folder / name for name in (*TEXTS, *BYTES)]
    for name, (text, _) in TEXTS.items():
        (folder / name).write_text(text)
    for name, (content, _) in BYTES.items():
        (folder / name).write_bytes(content)
    directory = folder / "directory.yaml"
    directory.mkdir(exist_ok=True)
    return [*paths, directory, folder / "missing.yaml"]


def expected_field(path: Path) -> str:
    """Return the word that the error's field must contain for this hostile file."""
    return {**{n: f for n, (_, f) in TEXTS.items()}, **{n: f for n, (_, f) in BYTES.items()}}.get(path.name, "")
