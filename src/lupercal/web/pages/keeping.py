"""Backup and restore, and how people sign in: the administrator's page of keeping."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from lupercal.errors import LupercalError
from lupercal.files.writing import write_bytes
from lupercal.registry.opened import open_registry
from lupercal.registry.work_desk import WorkDesk
from lupercal.web.backups import backup_now, backup_path, kept_backups, restored_in_place
from lupercal.web.clinic.access import actor, refusal_in_words, registry_here
from lupercal.web.parts import LONGEST_DAYS, bill_of_materials, last_update
from lupercal.web.rendering import rendered, see_other
from lupercal.web.rights.table import ROLES
from lupercal.web.workbench import workbench_of

router = APIRouter(prefix="/keeping")
Text = Annotated[str, Form(max_length=200)]
WORD = "restore"
"""What has to be typed before a registry is replaced."""


@router.get("")
def keeping_page(request: Request, done: str = "") -> Response:
    """Show the backups, and which roles need a second factor."""
    return _page(request, done=done)


@router.post("/backups")
def make_one(request: Request) -> Response:
    """Write a backup."""
    try:
        made = backup_now(registry_here(request), workbench_of(request).settings, by=actor(request))
    except LupercalError as error:
        return _page(request, 422, refusal_in_words(error))
    return _page(request, said=f"The backup holds {made.rows} rows; digest {made.digest}.")


@router.get("/parts.json")
def parts(request: Request) -> Response:
    """Return the bill of materials of this installation (CycloneDX)."""
    name = {"Content-Disposition": 'attachment; filename="parts.cdx.json"'}
    return JSONResponse(bill_of_materials(), headers=name)


@router.get("/backups/{name}")
def fetch_one(request: Request, name: str) -> Response:
    """Return a backup as a file; names in it stay encrypted, and the keys are not in it."""
    path = backup_path(workbench_of(request).settings, name)
    registry_here(request).audit.note(by=actor(request), action="export", what="backup")
    return FileResponse(path, filename=name, media_type="application/vnd.sqlite3")


@router.post("/restore")
def put_back(request: Request, name: Text = "", word: Text = "", file: UploadFile | None = None) -> Response:
    """Put a backup in the registry's place: one that lies here, or one that is sent."""
    bench = workbench_of(request)
    if word.strip().lower() != WORD:
        return _page(request, 422, f"Type {WORD} to say that the registry is to be replaced. Nothing was changed.")
    sent = bench.settings.folder / "uploads" / "restore.backup"
    try:
        path = _chosen(request, name, file, sent)
        done, before = restored_in_place(bench.registry, bench.settings, path, by=actor(request))
    except LupercalError as error:
        return _page(request, 422, refusal_in_words(error).replace(str(sent), "the file"))
    finally:
        sent.unlink(missing_ok=True)
    bench.registry.close()
    anew = open_registry(bench.settings.registry)
    request.app.state.workbench = replace(bench, registry=anew, work=WorkDesk(anew.memory))
    again = f" Forgotten again: {', '.join(done.forgotten)}." if done.forgotten else ""
    said = f"Restored: {done.rows} rows, and the audit is whole.{again} The registry before lies in {before.name}."
    return _page(request, said=said)


@router.post("/second-factor")
async def need_second_factor(request: Request) -> Response:
    """Say which roles need a second factor."""
    form = await request.form()
    chosen = [role for role in ROLES if role in form.getlist("role")]
    workbench_of(request).accounts.keep_setting("second factor", " ".join(chosen))
    return see_other("/keeping?done=second-factor")


def _chosen(request: Request, name: str, file: UploadFile | None, room: Path) -> Path:
    if file is not None and file.filename:
        write_bytes(room, file.file.read())
        return room
    return backup_path(workbench_of(request).settings, name)


def _page(request: Request, status: int = 200, refused: str = "", *, said: str = "", done: str = "") -> Response:
    bench = workbench_of(request)
    return rendered(
        request, "keeping.html", status, refused=refused, said=said, done=done, backups=kept_backups(bench.settings),
        roles=ROLES, needing=bench.accounts.roles_with_second_factor(), word=WORD,
        keys=bench.registry.address.keys.name, place=bench.registry.address.shown.rpartition("/")[2],
        updated=last_update(), outdated=(dt.date.today() - last_update()).days > LONGEST_DAYS, longest=LONGEST_DAYS,
    )  # fmt: skip
