"""The evidence in words: lines for the command line and the page ``docs/reference/evidence.md``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lupercal.evidence.natural_history import Figure, Target, figures, targets
from lupercal.evidence.studies import studies
from lupercal.evidence.study_records import Finding, Row, Study, StudyArm
from lupercal.patient.unit_words import unit_in_words
from lupercal.report.markdown import markdown_table
from lupercal.report.wording import measure_in_words

MARKS = ("seen", "derived", "memory")


def listing() -> list[str]:
    """Return one line per study: what it may be used for, how many figures it holds, and how they are known."""
    by_id = studies()
    width = max(map(len, by_id))
    usable = sum(figure.usable_for_calibration for figure in figures().values())
    return [
        "Studies (lupercal evidence NAME shows one):",
        *(f"  {key:<{width}}  {used_for(one)} [{marks(one.rows)}] {one.therapy.what}" for key, one in by_id.items()),
        "",
        f"Natural history: {len(targets())} targets; {len(figures())} figures, {usable} usable for calibration.",
    ]


def explained(study: Study) -> list[str]:
    """Return a study as lines: citation, use, design, arms, figures with intervals, and what is missing."""
    return [
        f"{study.id}: {study.citation.text}",
        f"Use: {used_for(study)}",
        f"Therapy: {study.therapy.what}" + (f", {study.therapy.dose}" if study.therapy.dose else ""),
        f"Design: {study.design.text}",
        "",
        "Arms:",
        *(f"  {_arm(arm)}" for arm in study.arms.values()),
        *_section("Baseline", map(_row, study.baseline)),
        *_section("Results", map(_row, study.outcomes)),
        *_section("Results in words", map(_finding, study.findings)),
        *_section("Notes", study.notes),
        *_section("Not carried", (f"{item.field}: {item.reason}" for item in study.not_carried)),
        *_section("Sources", (f"{known.key}: {known.what}; {known.where}" for known in study.sources.values())),
    ]


def page() -> str:
    """Return ``docs/reference/evidence.md``."""
    return _PAGE.format(
        studies=markdown_table(
            ("study", "therapy", "use", "figures", "usable", "seen, derived, memory"), map(_line, _all())
        ),
        unconfirmed=markdown_table(("study", "figure", "value"), _unconfirmed()),
        lacking=markdown_table(("study", "results", "baseline"), _lacking()),
        targets=markdown_table(
            ("target", "cohort", "what", "value ± tolerance", "mark", "source"), map(_target, _targets())
        ),
        memory=markdown_table(("figure", "value"), map(_remembered, _memory())),
    )


def used_for(study: Study) -> str:
    """Return the use of a study with its limit, as words."""
    return study.use.replace("_", " ") + (f" ({study.use_limit})" if study.use_limit else "")


def marks(rows: Iterable[Row]) -> str:
    """Return how the figures are known, such as ``18 seen, 2 memory``."""
    row_marks = [row.mark for row in rows]
    return ", ".join(f"{row_marks.count(mark)} {mark}" for mark in MARKS if mark in row_marks) or "no figures"


def figure_text(row: Row) -> str:
    """Return the value of a figure with its unit, spread and exact or stated 95 % interval."""
    unit = f" {unit_in_words(row.unit)}".rstrip()
    value = f"{row.bound}{row.value:g}{unit}" if row.value is not None else ""
    interval = row.interval()
    parts = [
        f"SD {row.sd:g}" if row.sd is not None else "",
        f"95 % interval {_pair(interval)}" if interval else "",
        f"IQR {_pair(row.iqr)}" if row.iqr else "",
        f"range {_pair(row.range)}{unit}" if row.range else "",
        f"n = {row.n}" if row.n is not None else "",
    ]
    return ", ".join(filter(None, [value, *parts]))


def _pair(pair: tuple[float, float]) -> str:
    return f"{pair[0]:.3g} to {pair[1]:.3g}"


def _label(row: Row) -> str:
    name = " ".join(
        filter(None, [measure_in_words(row.measure), row.item, f"({row.subgroup})" if row.subgroup else ""])
    )
    statistic = "" if row.statistic in {"share", "single", "count"} else row.statistic.replace("_", " ")
    time = f"{row.window.replace('_', ' ')} {row.time}" if row.time else row.when
    return ", ".join(filter(None, [f"{row.arm}: {name}", statistic, time]))


def _row(row: Row) -> str:
    unused = "" if row.usable_for_calibration or not row.use.startswith("calibrate") else "; not used for fitting"
    return f"{_label(row)}: {figure_text(row)} [{row.mark}{unused}]"


def _finding(finding: Finding) -> str:
    time = finding.time or finding.when
    return (
        f"{finding.arm}: {measure_in_words(finding.measure)}"
        + (f", {time}" if time else "")
        + f": {finding.text} [{finding.mark}]"
    )


def _arm(arm: StudyArm) -> str:
    size = arm.n if arm.n is not None else "not stated"
    given = f"regimen {arm.regimen}" if arm.regimen else f"no regimen: {arm.reason}"
    extra = [f"on top of {arm.on_top_of}" if arm.on_top_of else "", arm.differs]
    return "; ".join(filter(None, [f"{arm.name} (n = {size}): {given}", *extra]))


def _section(title: str, lines: Iterable[str]) -> list[str]:
    listed = [f"  {line}" for line in lines]
    return ["", f"{title}:", *listed] if listed else []


def _all() -> Iterable[Study]:
    return sorted(studies().values(), key=lambda study: (not study.calibrates, study.therapy.kind, study.id))


def _targets() -> Iterable[Target]:
    return targets().values()


def _memory() -> Iterable[tuple[str, Figure]]:
    return ((name, figure) for name, figure in figures().items() if figure.mark == "memory")


def _line(study: Study) -> tuple[str, ...]:
    counts = ", ".join(str(sum(row.mark == mark for row in study.rows)) for mark in MARKS)
    return study.id, study.therapy.what, used_for(study), str(len(study.rows)), str(len(study.calibrating)), counts


def _unconfirmed() -> Iterable[tuple[str, ...]]:
    return ((study.id, _label(row), figure_text(row)) for study in _all() for row in study.unconfirmed)


def _lacking() -> Iterable[tuple[str, ...]]:
    for study in _all():
        roles = [row.role for row in study.lacking]
        if roles:
            yield study.id, str(roles.count("outcome")), str(roles.count("baseline"))


def _numbers(values: Mapping[str, float], tolerance: Mapping[str, float] | None = None) -> str:
    def one(name: str, value: float) -> str:
        label = "" if name == "value" else f"{name} "
        return f"{label}{value:g}" + (f" ± {tolerance[name]:g}" if tolerance else "")

    return "; ".join(one(name, value) for name, value in values.items())


def _target(target: Target) -> tuple[str, ...]:
    unit = f" {unit_in_words(target.unit)}".rstrip()
    value = _numbers(target.values, target.tolerance) + unit
    return target.id, target.scope, target.statistic, value, target.mark, target.source.what


def _remembered(named: tuple[str, Figure]) -> tuple[str, ...]:
    name, figure = named
    ranges = "; ".join(f"{_pair(pair)}" for pair in figure.range.values())
    return name, ", ".join(
        filter(None, [_numbers(figure.values), ranges, figure.text])
    ) + f" {unit_in_words(figure.unit)}".rstrip()


_PAGE = """# Evidence

Published studies and natural-history figures as data, generated from `src/lupercal/evidence/data/`:
`python -m lupercal.report.pages docs` writes this page, a test compares. `lupercal evidence NAME` shows one study.
Research use only, not medical advice.

- **Marks.** *seen*: read in a text, often only its abstract; *derived*: arithmetic on seen figures; *memory*: known,
  not read. A figure from memory is never used for fitting.
- **Use.** *calibrate …*: may be fitted to; *validation*: compared only, as your own are; *context …*: background;
  *prior direction only*: the sign of an effect at most; *no calibration possible*: no human data.
- **Errors.** As stated; else binomial for shares and counts of patients, SD/√n for means, from the 95 % interval for
  ratios (on the logarithm). Where none of this is possible there is none. Intervals of shares are exact
  (Clopper-Pearson); exact intervals printed by the collection are computed anew, not stored.
- **Composite responses** (SRI, BICLA, renal response) count drop-outs and medication outside the protocol as
  non-response. No study in the collection states its visit schedule beyond what `visits` holds, nor drop-out by arm.
- **Your own studies**: files in the schema of `lupercal.evidence.study_schema`, such as those in
  `src/lupercal/evidence/data/studies/`; `lupercal validate --studies FOLDER` sets them beside the model.

## Studies

{studies}

## Figures meant for fitting that were not confirmed

Looked up again; the pages that could be read stop before these figures, or no text was found. Confirmed on the way:
the complete renal response of AURORA 1 at week 52 (40.8 and 22.5 %, remembered as 41 and 23 %), the renal response of
the ALMS induction phase (56.2 and 53.0 %; from a digest of the paper). Corrected: the median age in AURORA 1 is 31,
not 32.

{unconfirmed}

## Figures usable for fitting that state neither a number of patients nor a spread

`Study.sized` puts the size of the arm in their place where it is known.

{lacking}

## Targets of the virtual population

Shares are fractions. D08 and D09 come from trials that the collection names without a citation.

{targets}

## Natural-history figures from memory

{memory}
"""
