"""Public names that are loaded when they are first asked for, so that ``import lupercal`` costs next to nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from types import FunctionType, ModuleType

TYPE_CHECKING = False  # in place of the one in typing, whose import alone would double the time
if TYPE_CHECKING:
    from typing import Any, ClassVar


class LazyModule(ModuleType):
    """A package whose public names live in modules that are loaded at the first use.

    Two of the names, ``forecast`` and ``population``, are also packages. The name means the function; the package is
    reached by import as before (``from lupercal.forecast.run import compute``).
    """

    homes: ClassVar[dict[str, str]] = {}

    def __getattr__(self, name: str) -> Any:
        if name not in self.homes:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(import_module(self.homes[name]), name)
        package = sys.modules.get(f"{self.__name__}.{name}")
        if package is not None and isinstance(value, FunctionType):
            value.__dict__ = package.__dict__  # so that lupercal.forecast.run, spelt out, is still the module
        super().__setattr__(name, value)
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in self.homes and isinstance(value, ModuleType)):  # the import of a package sets its name
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.homes})


def attach(package: str, face: Mapping[str, Iterable[str]], more: Iterable[str] = ()) -> list[str]:
    """Make the names of ``face`` (home module to names) attributes of a package; return all its public names.

    Parameters
    ----------
    package
        Name of the package that is being imported.
    face
        Which module defines which names.
    more
        Further public names, which the package defines itself.
    """
    module = sys.modules[package]
    LazyModule.homes = {name: home for home, names in face.items() for name in names}
    module.__class__ = LazyModule
    return sorted([*more, *LazyModule.homes])
