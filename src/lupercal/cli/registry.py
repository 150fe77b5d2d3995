"""``lupercal registry``: patients that come and stay, one command per thing to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer

from lupercal.cli import registry_keep, registry_patients, registry_record, registry_work

group = typer.Typer(
    help="Keep patients, visits, plans and products in a registry with an audit that nobody can bend.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_COMMANDS: tuple[Callable[..., Any], ...] = (
    registry_keep.init,
    registry_patients.add,
    registry_patients.list_patients,
    registry_patients.show_patient,
    registry_work.due,
    registry_work.acknowledge_alert,
    registry_work.waiting,
    registry_patients.move,
    registry_record.record_file,
    registry_record.judge_criteria,
    registry_record.plan_programme,
    registry_record.product_step,
    registry_keep.export,
    registry_keep.erase_person,
    registry_keep.verify_audit,
    registry_keep.renew_key,
    registry_keep.back_up,
    registry_keep.restore_backup,
    registry_keep.pseudonymise_patients,
)
_NAMES = {
    "show_patient": "show", "record_file": "record", "judge_criteria": "judge", "plan_programme": "plan",
    "product_step": "product", "acknowledge_alert": "acknowledge", "renew_key": "new-key",
    "list_patients": "list", "erase_person": "erase", "verify_audit": "verify", "back_up": "backup",
    "restore_backup": "restore", "pseudonymise_patients": "pseudonymise",
}  # fmt: skip
for _command in _COMMANDS:
    group.command(
        _NAMES.get(_command.__name__, _command.__name__), short_help=(_command.__doc__ or "").partition(".")[0]
    )(_command)
