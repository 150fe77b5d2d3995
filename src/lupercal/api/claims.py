"""What does a page promise, and is that known? JudgedClaim claims of the shipped pages and of a user's own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from lupercal.api.result import Result

if TYPE_CHECKING:
    import polars as pl

    from lupercal.claims.verdict import JudgedClaim


@final
@dataclass(frozen=True, slots=True)
class ClaimsResult(Result):
    """JudgedClaim claims, in order of page and id."""

    judged: tuple[JudgedClaim, ...]

    @property
    def title(self) -> str:
        """How many claims have which verdict."""
        from collections import Counter  # noqa: PLC0415 - used here only

        counts = Counter(one.verdict for one in self.judged)
        return f"{len(self.judged)} claims: " + ", ".join(f"{number} {verdict}" for verdict, number in counts.items())

    def frame(self) -> pl.DataFrame:
        """Return one row per claim: id, clinic, claim, verdict, rule, why, rows."""
        import polars as pl  # noqa: PLC0415 - heavy, loaded when used

        from lupercal.exchange.claims_export import claim_record  # noqa: PLC0415

        names = ("id", "clinic", "claim", "kind", "therapy", "number", "verdict", "rule", "why", "rows")
        return pl.DataFrame([{name: claim_record(one)[name] for name in names} for one in self.judged])

    def record(self) -> dict[str, Any]:
        """Return every claim with its parts and rows."""
        from lupercal.exchange.claims_export import claims_document  # noqa: PLC0415

        return claims_document(self.judged)

    def page(self, only: Collection[str] = ()) -> str:
        """Return the claims of the first page among them as one HTML document; ``only`` these ids where given."""
        from lupercal.report.claims_page import claim_page  # noqa: PLC0415 - heavy

        first = self.judged[0].page.id
        return claim_page([one for one in self.judged if one.page.id == first], only=only)


def claims(clinic: str | None = None) -> ClaimsResult:
    """Return the claims of the shipped pages with their verdicts, or of one clinic.

    Parameters
    ----------
    clinic
        A page: sheba, erlangen, ozek, gencell or celltex; all where None.

    Raises
    ------
    InputError
        If there is no such clinic.
    """
    from lupercal.claims.desk import claim_files, clinic_claims, judged_files  # noqa: PLC0415 - heavy

    return ClaimsResult(judged_files(claim_files()) if clinic is None else clinic_claims(clinic))


def check_claims(path: str | Path) -> ClaimsResult:
    """Read a file of claims and judge it against the ledger.

    Parameters
    ----------
    path
        Claims of a page in YAML, as ``lupercal schema claims`` says.

    Raises
    ------
    InputError
        If the file is not usable.
    """
    from lupercal.claims.desk import checked_file  # noqa: PLC0415 - heavy

    return ClaimsResult(checked_file(Path(path)))
