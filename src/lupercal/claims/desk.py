"""The claims desk: pages shipped with the package, or a user's own, judged claim by claim."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from lupercal.claims.claim import PAGES, ClaimFile, read_claims
from lupercal.claims.verdict import JudgedClaim, verdict_on
from lupercal.errors import InputError
from lupercal.evidence.ledger import Ledger, ledger
from lupercal.evidence.studies import read_studies


@cache
def claim_files() -> tuple[ClaimFile, ...]:
    """Return the pages of the package with their claims, by the page's id."""
    return tuple(read_claims(path, ledger()) for path in sorted(PAGES.glob("*.yaml")))


def judged_files(files: Iterable[ClaimFile], known: Ledger | None = None) -> tuple[JudgedClaim, ...]:
    """Return every claim with its verdict, ordered by page; the order of files changes nothing."""
    record = known or ledger()
    ordered = sorted(files, key=lambda one: (one.claims[0].id, one.page.id))
    return tuple(verdict_on(one.page, claim, record) for one in ordered for claim in one.claims)


def checked_file(path: Path, known: Ledger | None = None) -> tuple[JudgedClaim, ...]:
    """Read a file of claims and judge it.

    Raises
    ------
    InputError
        If the file is not usable.
    """
    record = known or ledger()
    return judged_files([read_claims(Path(path), record)], record)


def changed_ledger(without: Collection[str] = (), folder: Path | None = None) -> Ledger:
    """Return the ledger without some of its rows and with further studies, to see what a verdict rests on.

    Parameters
    ----------
    without
        Studies, figures (``topic.id``) or facts to leave out.
    folder
        Files of further studies, in the package's schema; they count as not appraised, each as people of its own.

    Raises
    ------
    InputError
        If the ledger has no such row, or a file is not usable.
    """
    record = ledger()
    names = {*record.studies, *record.figures, *record.facts}
    for name in without:
        if name not in names:
            close = get_close_matches(name, names, n=3, cutoff=0.4)
            raise InputError(
                "--without", "", name, f"a study, figure or fact of the ledger, perhaps {', '.join(close)}"
            )
    more = read_studies(folder) if folder else {}
    return replace(record.without(without), studies={**record.without(without).studies, **more})


def shipped_claim(name: str) -> JudgedClaim:
    """Return one shipped claim with its verdict, or raise `InputError` naming the nearest ids."""
    everything = {one.claim.id: one for one in judged_files(claim_files())}
    if name in everything:
        return everything[name]
    close = get_close_matches(name, everything, n=3, cutoff=0.4)
    hint = f"perhaps {', '.join(close)}" if close else "such as A01"
    raise InputError("claims", "", name, f"the id of a claim, {hint}")


def clinic_claims(name: str) -> tuple[JudgedClaim, ...]:
    """Return the judged claims of one shipped page, or raise `InputError` naming the pages there are."""
    pages = [one for one in claim_files() if one.page.id == name]
    if not pages:
        raise InputError("claims", "", name, f"a clinic: {', '.join(one.page.id for one in claim_files())}")
    return judged_files(pages)


def page_claims(name: str, only: tuple[str, ...] = ()) -> tuple[tuple[JudgedClaim, ...], tuple[str, ...]]:
    """Return the claims of a page, and the ids to show: a clinic's, those around one claim, or of a user's own file.

    Raises
    ------
    InputError
        If there is no such clinic, claim or file, or a page has no claim of an id.
    """
    pages = {one.page.id for one in claim_files()}
    if name in pages:
        judged_claims = clinic_claims(name)
    elif Path(name).suffix in {".yaml", ".yml", ".json"}:
        judged_claims = checked_file(Path(name))
    elif name[:1].isupper():
        judged_claims, only = clinic_claims(shipped_claim(name).page.id), (name, *only)
    else:
        judged_claims = clinic_claims(name)
    missing = [one for one in only if one not in {judged.claim.id for judged in judged_claims}]
    if missing:
        raise InputError(
            name, "--claim", missing[0], f"a claim of this page: {', '.join(j.claim.id for j in judged_claims)}"
        )
    return judged_claims, only
