"""How large a validation is: accepted sets, people of the pool, patients per arm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, final

from pydantic import BaseModel, ConfigDict, Field

from lupercal.engine.choose import EngineName

_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)


@final
class Ensemble(BaseModel):
    """Members and passes of the smoother, virtual patients of a pool and of an arm, and how many sets are kept.

    ``engine`` is what integrates them.
    """

    model_config = _STRICT
    members: Annotated[int, Field(ge=8)]
    accepted: Annotated[int, Field(ge=4)]
    passes: Annotated[int, Field(ge=1)]
    pool: Annotated[int, Field(ge=100)]
    arm: Annotated[int, Field(ge=20)]
    seed: int
    engine: EngineName = "compiled"


@final
@dataclass(frozen=True, slots=True)
class Sizes:
    """Seed, virtual patients that trials recruit from, virtual patients per arm (at least, see `enough`), and engine.

    What is compared was read with the noise of visits, and parameters were fitted with the engine ``screen``.
    """

    seed: int
    pool: int
    patients: int
    engine: EngineName = "screen"
