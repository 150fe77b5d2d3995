"""Safety in words: lines for the terminal and for a plan's page, and a table for the report. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lupercal.programmes.plan import Plan
from lupercal.report.layout import Table, table_of
from lupercal.report.wording import plural
from lupercal.rules.explain import name_in_words
from lupercal.safety.judge import Safety

_MOST_NAMED = 12
_COLUMNS = ("Therapy", "Safety", "Danger", "Rests on", "Why, and where it is said")


def safety_lines(safety: Safety, *, full: bool = False) -> Iterator[str]:
    """Yield what safety says of one therapy: stops first, then dangers, what is not known, and notes.

    Parameters
    ----------
    safety
        From `lupercal.safety.judge.safety_of`.
    full
        Whether to name everything that is not known, with the dangers behind it, and all notes.
    """
    yield from safety.later
    for one in safety.stops:
        yield f"STOP: {one.text}. {one.rule.reason}"
    for one in safety.dangers:
        yield f"Clarify first: {one.text}. {one.rule.reason}"
    if safety.unsettled and full:
        yield from (f"Clarify first: {one.text}. {one.rule.reason}" for one in safety.unsettled)
    elif safety.unsettled:
        opposed = [one for one in safety.unsettled if one.signs]
        yield from (f"Clarify first: {one.rule.danger} is not excluded: {', '.join(one.signs)}" for one in opposed)
        yield f"Clarify first, not known ({_counted(safety)}): {_named(safety.to_find_out)}"
    yield from (f"Note: {one.rule.danger}. {one.rule.reason}" for one in safety.notes if full)
    if safety.notes and not full:
        yield f"Notes: {', '.join(one.rule.danger for one in safety.notes)}"
    if not (safety.stops or safety.later or safety.dangers or safety.unsettled):
        yield f"No danger found among the {len(safety.none_found)} that are asked for; this is no leave to treat"


def plan_safety_lines(plan: Plan) -> Iterator[str]:
    """Yield what safety says of a plan, and who overrides it."""
    yield from safety_lines(plan.safety)
    for one in plan.overrides:
        stops = ", ".join(found.rule.danger for found in plan.safety.stops) or "no stop stands"
        yield f"OVERRIDDEN ({stops}) by {one.text}"
    if plan.blocked:
        yield (
            "No doses, no dates of treatment and no calendar are made. --override 'NAME: reason' goes on in spite of "
            "the stop; name and reason are then printed with the plan"
        )


def safety_table(safeties: Iterable[Safety], *, full: bool = False) -> Table:
    """Return one row per stop and per known danger of each therapy, and one for what is not known.

    Parameters
    ----------
    safeties
        One per therapy, as `lupercal.safety.judge.safeties` gives them.
    full
        Whether each danger that is not known has a row of its own, and the notes are among the rows.
    """
    rows = [row for one in safeties for row in _rows(one, full)]
    note = (
        "Safety stands before every programme and therapy. What is not known is never safe; none found is no "
        "leave to treat."
    )
    return table_of("safety", "Safety first", _COLUMNS, "lllll", rows, note)


def _rows(safety: Safety, full: bool) -> Iterator[tuple[str, str, str, str, str]]:
    shown = (*safety.stops, *safety.dangers, *((*safety.unsettled, *safety.notes) if full else ()))
    for finding in shown:
        rests_on = "; ".join(datum.text for datum in finding.data) or "; ".join(
            f"not known: {name_in_words(n)}" for n in finding.open
        )
        rests_on = "; but ".join([rests_on, *finding.signs])
        where = "; ".join(f"{cited.key}: {cited.where}" for cited in finding.rule.sources)
        why = f"{finding.rule.reason} ({where}; {finding.rule.basis}, checked {finding.rule.checked})"
        yield safety.name, finding.verdict, finding.rule.danger, rests_on, why
    if safety.unsettled and not full:
        names = _named(safety.to_find_out)
        yield safety.name, "clarify first", f"not known: {_counted(safety)}", f"not known: {names}", ""
    if not (shown or safety.unsettled):
        yield safety.name, safety.verdict, f"none of {len(safety.none_found)} found", "", ""


def _counted(safety: Safety) -> str:
    """Return how many facts are to be found out, and how many dangers they decide: one fact may decide several."""
    return f"{plural(len(safety.to_find_out), 'fact')} for {plural(len(safety.unsettled), 'danger')}"


def _named(names: tuple[str, ...]) -> str:
    words = [name_in_words(name) for name in names]
    more = len(words) - _MOST_NAMED
    return ", ".join(words[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
