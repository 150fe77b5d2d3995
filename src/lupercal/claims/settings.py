"""The settings of the claims desk: what words mean in numbers, and from where on two figures agree."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, final

from pydantic import BaseModel, ConfigDict, Field

from lupercal.files.checked import read_as

_Share = Annotated[float, Field(gt=0, lt=1)]


@final
class Settings(BaseModel):
    """See ``settings.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    strengths: Mapping[str, tuple[float, float]]
    counted: Mapping[str, str]
    level: _Share
    near: _Share
    explained: _Share
    lifetime: float
    horizon: Annotated[float, Field(ge=1)]
    untimed: float


@cache
def settings() -> Settings:
    """Return the settings, read and checked once."""
    return read_as(Path(__file__).with_name("settings.yaml"), Settings)
