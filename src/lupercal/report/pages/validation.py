"""A validation as a page: targets and study figures in tables, misses first.

A second document, of `lupercal validate --prior`, tells how much the data narrowed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lupercal.report.markdown import markdown_table


def page(document: Mapping[str, Any], prior: Mapping[str, Any] | None = None) -> str:
    """Return the page of a document that `lupercal validate --json` wrote; ``prior`` is that of the raw prior."""
    natural = document.get("natural_history", {})
    return "\n\n".join(
        [
            "# Validation: what the calibrated model gets right and wrong",
            (
                "Written from `lupercal validate --json` by `python -m lupercal.report.pages docs --validation FILE`; "
                "how to read it: [validation.md](../explanation/validation.md)."
            ),
            "\n".join([*_summary(document, natural), *_narrower(document, prior or {"rows": []})]),
            "## Natural-history targets, missed ones first",
            markdown_table(
                ("target", "what", "cohort", "published ± tolerance", "simulated (90 %)", "before weights", ""),
                map(_spoken, _targets(natural)),
            ),
            "## Figures of studies, misses first",
            markdown_table(
                ("study", "arm", "figure", "time", "observed", "predicted (90 %)", "z", "fitted", ""),
                map(_spoken, _rows(document)),
            ),
            "## Not simulated",
            markdown_table(("figures", "reason"), map(_spoken, _reasons(document))),
            "",
        ]
    )


def _spoken(row: Sequence[str]) -> Sequence[str]:
    """Return cells with code names as words."""
    return [cell.replace("_", " ") for cell in row]


def _summary(document: Mapping[str, Any], natural: Mapping[str, Any]) -> Iterator[str]:
    chosen = document["settings"]
    yield (
        f"- {chosen['parameter_sets']} accepted parameter sets, at least {chosen['patients_per_arm']} virtual patients "
        f"per arm, seed {chosen['seed']}."
    )
    for name, words in (("fitted", "figures that were fitted"), ("not_fitted", "figures no fit has used")):
        coverage = document["coverage"][name]
        share = f"{coverage['inside_90'] / coverage['rows']:.0%}" if coverage["rows"] else "none"
        half = f"{coverage['inside_50'] / coverage['rows']:.0%}" if coverage["rows"] else "none"
        yield (
            f"- Inside the 90 % interval, {words}: {coverage['inside_90']} of {coverage['rows']} ({share}); of sets "
            f"and chance alone: {coverage['inside_alone']}. Inside the 50 % interval: {coverage['inside_50']} "
            f"({half})."
        )
    if natural:
        yield f"- Natural-history targets met in every value: {len(natural['targets_met'])} of {natural['targets']}."
        for name, size in natural["effective_sample_size"].items():
            yield f"- Effective sample size, {name}: {size:.0f} of {natural['virtual_patients'][name]}."


def _narrower(document: Mapping[str, Any], prior: Mapping[str, Any]) -> Iterator[str]:
    """Yield how wide the intervals of shares (%) are beside those of the raw prior, for figures in both."""
    before = {(row["study"], row["index"]): row for row in prior["rows"]}
    for fitted, words in ((True, "that were fitted"), (False, "no fit has used")):
        rows = [row for row in document["rows"] if row["fitted"] == fitted and _shared(row, before)]
        if rows:
            yield _widths(words, [(row, before[row["study"], row["index"]]) for row in rows])


def _widths(words: str, pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> str:
    now, then = (
        sum(one["interval"][1] - one["interval"][0] for one in side) / len(pairs) for side in zip(*pairs, strict=True)
    )
    inside, by_prior = (sum(one["inside_90"] for one in side) for side in zip(*pairs, strict=True))
    return (
        f"- Mean width of the 90 % intervals of {len(pairs)} shares {words}: {now:.0f} points, which hold {inside} of "
        f"them; {then:.0f} points under the raw prior, which hold {by_prior}."
    )


def _shared(row: Mapping[str, Any], before: Mapping[tuple[str, int], Any]) -> bool:
    return row["statistic"] == "share" and (row["study"], row["index"]) in before


def _targets(natural: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    met = set(natural.get("targets_met", ()))
    rows = natural.get("rows", [])
    for row in sorted(rows, key=lambda one: (one["target"] in met, one["hit"])):
        simulated = row["why"] or f"{row['simulated']:.3g} ({row['low']:.3g} to {row['high']:.3g})"
        before = "" if row["why"] or row["unweighted"] is None else f"{row['unweighted']:.3g}"
        yield (
            row["target"], f"{row['statistic']}: {row['name']}", row["scope"],
            f"{row['value']:g} ± {row['tolerance']:g} {row['unit']}", simulated, before, "" if row["hit"] else "miss",
        )  # fmt: skip


def _rows(document: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    for row in document["rows"]:
        versus = f" v {row['versus']}" if row["versus"] else ""
        within = f", {row['subgroup']}" if row["subgroup"] else ""
        item = f" ({row['item']})" if row["item"] else ""
        low, high = row["interval"]
        yield (
            row["study"], row["arm"] + versus, f"{row['measure']}{item}, {row['statistic']}{within}", row["time"],
            f"{row['observed']:.3g}", f"{row['predicted']:.3g} ({low:.3g} to {high:.3g})", f"{row['z']:+.1f}",
            "yes" if row["fitted"] else "no", "" if row["inside_90"] else "miss",
        )  # fmt: skip


def _reasons(document: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    counts = Counter(row["reason"] for row in document["not_simulated"])
    yield from ((str(count), reason) for reason, count in counts.most_common())
