"""Opening a registry: everything else hangs on the `Registry` that `open_registry` returns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

from sqlalchemy import text

from lupercal.errors import InputError, LupercalError
from lupercal.registry.address import Address, address_of
from lupercal.registry.care_records import (
    AcknowledgementRecord,
    AdverseEventRecord,
    ClaimCheckRecord,
    ConsentRecord,
    DocumentRecord,
    EligibilityRecord,
    ForecastRunRecord,
    ScreeningRecord,
)
from lupercal.registry.database import Database, connect
from lupercal.registry.jobs import Jobs
from lupercal.registry.journey import Journey
from lupercal.registry.keys import read_ring
from lupercal.registry.kinds import (
    ACKNOWLEDGEMENT,
    ADVERSE_EVENT,
    CLAIM_CHECK,
    CONSENT,
    DOCUMENT,
    ELIGIBILITY,
    FORECAST_RUN,
    SCREENING,
)
from lupercal.registry.memory import Memory
from lupercal.registry.patients import Patients
from lupercal.registry.plans import Plans
from lupercal.registry.products import Products
from lupercal.registry.shelf import Shelf
from lupercal.registry.tables import REVISION
from lupercal.registry.trail import Audit
from lupercal.registry.verify import ExportedHead, Verified, verify
from lupercal.registry.verify_records import first_changed
from lupercal.registry.visits import VisitShelf

_EXPECTED = "a registry, as lupercal registry init makes it"


@final
@dataclass(frozen=True, slots=True)
class Registry:
    """A registry: one shelf per kind of record, and the memory behind them.

    Every method that writes asks for ``by``, who does it, keeps its line in the audit, and happens whole or not at all.
    """

    memory: Memory
    patients: Patients
    visits: VisitShelf
    screenings: Shelf[ScreeningRecord]
    eligibility: Shelf[EligibilityRecord]
    plans: Plans
    products: Products
    consents: Shelf[ConsentRecord]
    adverse_events: Shelf[AdverseEventRecord]
    acknowledgements: Shelf[AcknowledgementRecord]
    forecasts: Shelf[ForecastRunRecord]
    documents: Shelf[DocumentRecord]
    claim_checks: Shelf[ClaimCheckRecord]
    jobs: Jobs
    journey: Journey
    audit: Audit

    @property
    def address(self) -> Address:
        """Where the registry is."""
        return self.memory.database.address

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Make several writes one: all are kept at the end, or none of them."""
        with self.memory.writing():
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Make several reads see one state of the registry."""
        with self.memory.database.held():
            yield

    def verify(self, head: ExportedHead | None = None, *, records: bool = False) -> Verified:
        """Check the whole audit; see `lupercal.registry.verify.verify`.

        ``records`` also compares every record with what the audit says was last written.
        """
        verified = verify(self.memory, head)
        if not (verified.whole and records):
            return verified
        fault = first_changed(self.memory, self._shelves())
        return verified if fault is None else replace(verified, bad_row=fault[0], reason=fault[1])

    def _shelves(self) -> tuple[Shelf[Any], ...]:
        return (
            self.patients, self.patients.people, self.visits, self.patients.treatments, self.screenings,
            self.eligibility, self.plans, self.products, self.consents, self.adverse_events, self.acknowledgements,
            self.forecasts, self.documents, self.claim_checks,
        )  # fmt: skip

    def close(self) -> None:
        """Close the connections to the database."""
        self.memory.database.dispose()

    def __enter__(self) -> Registry:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_registry(place: str | Path | None = None, keys: str | Path | None = None) -> Registry:
    """Open a registry.

    Parameters
    ----------
    place
        A path, or a URL (``postgresql://user@host/name``); by default what ``LUPERCAL_REGISTRY`` names, else
        ``registry.db`` in the working folder.
    keys
        The key ring, see `lupercal.registry.address.address_of`.

    Raises
    ------
    InputError
        If there is no registry, it is one of another version, or its key ring is missing.
    LupercalError
        If the database cannot be reached.
    """
    address = address_of(place, keys)
    if address.file is not None and not address.file.is_file():
        raise InputError(address.shown, "", "no such file", _EXPECTED)
    ring = read_ring(address.keys)
    database = connect(address)
    try:
        _check_revision(database)
    except BaseException:
        database.dispose()
        raise
    return registry_of(Memory(database, ring))


def registry_of(memory: Memory) -> Registry:
    """Return the registry over a memory."""
    patients = Patients(memory)
    plans, products = Plans(memory, patients), Products(memory)
    screenings, eligibility = Shelf(memory, SCREENING), Shelf(memory, ELIGIBILITY)
    consents = Shelf(memory, CONSENT)
    return Registry(
        memory=memory,
        patients=patients,
        visits=patients.visits,
        screenings=screenings,
        eligibility=eligibility,
        plans=plans,
        products=products,
        consents=consents,
        adverse_events=Shelf(memory, ADVERSE_EVENT),
        acknowledgements=Shelf(memory, ACKNOWLEDGEMENT),
        forecasts=Shelf(memory, FORECAST_RUN),
        documents=Shelf(memory, DOCUMENT),
        claim_checks=Shelf(memory, CLAIM_CHECK),
        jobs=Jobs(memory),
        journey=Journey(memory, patients, screenings, eligibility, plans, products, consents),
        audit=Audit(memory),
    )


def _check_revision(database: Database) -> None:
    """Raise `InputError` where the database is no registry, or one of another version."""
    shown = database.address.shown
    try:
        with database.reading() as connection:
            revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except LupercalError as error:
        if "alembic_version" in str(error) or "not a database" in str(error):
            raise InputError(shown, "", "something else", _EXPECTED) from None
        raise
    if revision != REVISION:
        expected = f"version {REVISION}; lupercal registry init brings an older one up to date"
        raise InputError(shown, "", f"a registry of version {revision}", expected)
