"""``lupercal registry``: making and keeping it: init, verify, backup, restore, export, erase, pseudonymise."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lupercal.cli.registry_options import (
    AsJson,
    By,
    PatientId,
    Place,
    Why,
    print_json,
    say,
    the_registry,
    who,
    with_libraries,
)
from lupercal.errors import LupercalError

Force = Annotated[bool, typer.Option("--force", help="Replace what is there.")]
KeyRingFile = Annotated[
    Path | None, typer.Option("--keys", help="File of the key ring; by default beside the registry, as NAME.keys.")
]


def init(
    place: Annotated[
        str | None,
        typer.Argument(metavar="PATH|URL", help="A file (SQLite), or a URL such as postgresql://user@host/name."),
    ] = None,
    keys: KeyRingFile = None,
    by: By = None,
) -> None:
    """Make a registry with its key ring, or bring an older one up to date."""
    with_libraries()
    from lupercal.registry.making import make_registry

    with make_registry(place, keys, by=who(by)) as registry:
        address = registry.address
    typer.echo(f"Registry: {address.shown}")
    say(f"Key ring: {address.keys} (keep a copy elsewhere: without it no name or note can be read)")


def verify_audit(
    place: Place = None,
    head: Annotated[
        Path | None, typer.Option("--head", help="A head exported before: shows whether rows were cut off since.")
    ] = None,
    export_head: Annotated[
        Path | None, typer.Option("--export-head", help="Write number and digest of the last row to this file.")
    ] = None,
    records: Annotated[
        bool, typer.Option("--records", help="Also compare every record with what was last written.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check the whole audit; status 1 and the first bad row where it was bent."""
    from lupercal.registry.verify import export_head as write_head
    from lupercal.registry.verify import read_head

    with the_registry(place) as registry:
        verified = registry.verify(read_head(head) if head is not None else None, records=records)
        if as_json:
            print_json(verified)
        if not verified.whole:
            raise LupercalError(f"{registry.address.shown}: audit row {verified.bad_row}: {verified.reason}")
        if not as_json:
            typer.echo(f"The audit is whole: {verified.rows} rows, last digest\n  {verified.digest}")
        if export_head is not None:
            write_head(registry.memory, export_head)
            typer.echo(f"Head: {export_head}", err=True)


def renew_key(place: Place = None, by: By = None) -> None:
    """Put a new key in front of the key ring; the old ones still read."""
    from lupercal.registry.key_change import change_keys

    with the_registry(place) as registry:
        changed = change_keys(registry, by=who(by))
        say(f"New key {changed.memory.ring.newest} in {changed.address.keys}: renew the copy kept elsewhere")


def back_up(
    path: Annotated[Path, typer.Argument(help="The file to write.")],
    place: Place = None,
    by: By = None,
    force: Force = False,
) -> None:
    """Write a backup, one SQLite file, compared with the registry by a digest of every row."""
    from lupercal.registry.backup import backup

    with the_registry(place) as registry:
        done = backup(registry, path, by=who(by), force=force)
        keys = registry.address.keys
    typer.echo(f"Backup: {done.path}, {done.rows} rows, digest\n  {done.digest}")
    say(f"The key ring is not in it: keep a copy of {keys} elsewhere.")


def restore_backup(
    path: Annotated[Path, typer.Argument(help="The backup.")],
    place: Annotated[str, typer.Argument(metavar="PATH|URL", help="A path where nothing is, or an empty database.")],
    keys: KeyRingFile = None,
    ring: Annotated[
        Path | None, typer.Option("--ring", help="The key ring to copy there, where there is none yet.")
    ] = None,
    by: By = None,
) -> None:
    """Make a registry from a backup; whoever was erased since is forgotten again."""
    with_libraries()
    from lupercal.registry.backup import restore

    done = restore(path, place, keys, ring=ring, by=who(by))
    typer.echo(f"Restored: {done.path}, {done.rows} rows, the audit is whole; digest\n  {done.digest}")
    for name in done.forgotten:
        typer.echo(f"Forgotten again: {name}")


def export(
    patient: PatientId,
    output: Annotated[Path, typer.Option("--output", "-o", help="The ZIP archive to write.")],
    place: Place = None,
    by: By = None,
    why: Why = "",
    force: Force = False,
) -> None:
    """Write everything about one person as an archive that can be read without Lupercal."""
    from lupercal.registry.person_export import export_person

    with the_registry(place) as registry:
        typer.echo(f"Written: {export_person(registry, patient, output, by=who(by), why=why, force=force)}")


def erase_person(
    patient: PatientId,
    why: Annotated[str, typer.Option("--why", help="The reason; it is kept, so it must name nobody.")],
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking again.")] = False,
    runs: Annotated[
        Path | None, typer.Option("--forecasts", help="Folder of forecast runs; by default that beside a file.")
    ] = None,
    place: Place = None,
    by: By = None,
) -> None:
    """Forget a person for good: the key is destroyed, the rows are gone, the audit stays whole."""
    from lupercal.registry.erasure import erase

    with the_registry(place) as registry:
        head = registry.patients.find(patient)
        if not yes and not typer.confirm(f"Erase {head.id} for good?", default=False, err=True):
            raise LupercalError(f"{head.id}: not erased; --yes erases without asking")
        done = erase(registry, head.id, by=who(by), why=why, runs=runs)
    typer.echo(f"Erased: {done.patient}, {sum(done.rows.values())} rows, {len(done.removed)} run folders")
    if not done.scrubbed:
        say("Others kept an older state open: encrypted bytes of it stay in the log until it is emptied next.")
    say("Backups made before hold the person until they are deleted; restoring one forgets again.")
    for folder in done.folders:
        typer.echo(f"Delete by hand: {folder}")


def pseudonymise_patients(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the patient files.")],
    programme: Annotated[str | None, typer.Option("--programme", "-p", help="Only patients of this programme.")] = None,
    key_file: Annotated[
        Path | None, typer.Option("--key-file", help="Keep here which code stands for whom; nowhere by default.")
    ] = None,
    place: Place = None,
    by: By = None,
    force: Force = False,
) -> None:
    """Write patient files under new codes: no names, no free text, days instead of dates."""
    from lupercal.registry.pseudonyms import pseudonymise

    with the_registry(place) as registry:
        done = pseudonymise(
            registry, output, by=who(by), programme=_programme(programme), key_file=key_file, force=force
        )
    typer.echo(f"Written: {len(done.codes)} patient file{'s' * (len(done.codes) != 1)} in {done.folder}")


def _programme(name: str | None) -> str | None:
    from lupercal.programmes.registry import programme

    return None if name is None else programme(name).id
