"""The table of roles and routes, read once from ``rights.yaml``; a route without a row is refused at start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast, final, get_args

from pydantic import ConfigDict

from lupercal.errors import InputError
from lupercal.files.checked import read_as

TABLE = Path(__file__).with_name("rights.yaml")
ANYONE = "anyone"
SIGNED_IN = "signed in"
OR = " or "
RoleName = Literal["viewer", "clinician", "coordinator", "statistician", "auditor", "admin", "candidate"]
ROLES: tuple[RoleName, ...] = get_args(RoleName)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Rights by role, the right that each route asks for, and what each scope of a token covers.

    Parameters
    ----------
    rights
        What each right allows, in words.
    roles
        The rights of each role.
    routes
        From method and path, such as ``GET /patients``, to a right (or several, parted by ``or``), to ``anyone``,
        or to ``signed in``.
    scopes
        From a scope of the programming interface to the rights it passes on.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")
    rights: dict[str, str]
    roles: dict[RoleName, tuple[str, ...]]
    routes: dict[str, str]
    scopes: dict[str, tuple[str, ...]]

    def of_role(self, role: str) -> frozenset[str]:
        """Return the rights of a role."""
        return frozenset(self.roles.get(cast("RoleName", role), ()))

    def of_route(self, method: str, path: str) -> str | None:
        """Return the right a route asks for; None where the table has no row for it."""
        return self.routes.get(f"{'GET' if method == 'HEAD' else method} {path}")

    def of_scopes(self, scopes: Iterable[str]) -> frozenset[str]:
        """Return the rights that a token with these scopes passes on."""
        return frozenset(right for scope in scopes for right in self.scopes.get(scope, ()))

    def allows(self, role: str | None, method: str, path: str) -> bool:
        """Whether somebody of a role (None: not signed in) may use a route."""
        wanted = self.of_route(method, path)
        if wanted == ANYONE:
            return True
        if role is None or wanted is None:
            return False
        return wanted == SIGNED_IN or bool(set(wanted.split(OR)) & self.of_role(role))


@cache
def rights() -> Rights:
    """Return the table, checked: every right that a role, a route or a scope names has its words."""
    table = read_as(TABLE, Rights)
    named: Mapping[str, Iterable[str]] = {
        **{f"roles.{role}": held for role, held in table.roles.items()},
        **{
            f"routes.{route}": right.split(OR)
            for route, right in table.routes.items()
            if right not in {ANYONE, SIGNED_IN}
        },
        **{f"scopes.{scope}": held for scope, held in table.scopes.items()},
    }
    for place, names in named.items():
        for name in names:
            if name not in table.rights:
                raise InputError(TABLE, place, name, f"one of {', '.join(table.rights)}")
    return table
