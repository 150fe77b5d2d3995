"""What safety says of all therapies on half a page: each danger once, with the therapies it concerns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lupercal.report.safety_box import whom_of
from lupercal.safety.judge import Safety, SafetyFinding

Digest = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
"""By verdict in words: whom it concerns, and the dangers."""


def safety_digest(safeties: Sequence[Safety]) -> Digest:
    """Return verdicts, the gravest first: a line per danger that is present, one per group of therapies for the rest.

    Nothing is left out but reasons and sources of what is not present: they stand in the table rule by rule.
    """
    parts = (
        ("STOP", _present(safeties, "stop")),
        ("Clarify first: present", _present(safeties, "clarify first")),
        ("Clarify first: not known", _together(safeties, "clarify first", "not known")),
        ("Note", _together(safeties, "note", "present")),
        ("Note: not known", _together(safeties, "note", "not known")),
        ("None found", _together(safeties, "none found", "absent")),
    )
    made = ((title, tuple(rows)) for title, rows in parts)
    return tuple((title, rows) for title, rows in made if rows)


def _concerned(safeties: Sequence[Safety], verdict: str, danger: str) -> dict[str, list[tuple[str, SafetyFinding]]]:
    """Return by rule the therapies for which it says so, each with its finding."""
    concerned: dict[str, list[tuple[str, SafetyFinding]]] = {}
    for safety in safeties:
        for finding in safety.findings:
            if finding.verdict == verdict and finding.danger == danger:
                concerned.setdefault(finding.rule.id, []).append((safety.name, finding))
    return concerned


def _present(safeties: Sequence[Safety], verdict: str) -> Iterator[tuple[str, str]]:
    everyone = [one.name for one in safeties]
    for findings in _concerned(safeties, verdict, "present").values():
        finding = findings[0][1]
        yield whom_of([name for name, _ in findings], everyone), f"{finding.text}. {finding.rule.reason}"


def _together(safeties: Sequence[Safety], verdict: str, danger: str) -> Iterator[tuple[str, str]]:
    everyone, groups = [one.name for one in safeties], dict[tuple[str, ...], list[str]]()
    for findings in _concerned(safeties, verdict, danger).values():
        finding = findings[0][1]
        words = f"{finding.rule.danger} ({'; '.join(finding.signs)})" if finding.signs else finding.rule.danger
        groups.setdefault(tuple(name for name, _ in findings), []).append(words)
    for names, dangers in groups.items():
        yield whom_of(names, everyone), "; ".join(dangers)
