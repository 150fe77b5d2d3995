"""The normal curve and its kin: compiled functions of SciPy, without what its package loads beside them.

``scipy.special`` makes its functions ready for other libraries of arrays, which takes 0.15 s of every process. The
functions themselves are in a part that loads in a tenth of that; they are the very same objects.
"""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

_PACKAGE = "scipy.special"


def _functions(names: tuple[str, ...]) -> tuple[Any, ...]:
    """Return functions by name, from the whole package where it is there already or does not come apart."""
    if _PACKAGE not in sys.modules and threading.active_count() == 1:  # no thread must see what stands in for it
        with suppress(ImportError, AttributeError, TypeError):
            return tuple(getattr(_compiled(), name) for name in names)
    return tuple(getattr(import_module(_PACKAGE), name) for name in names)


def _compiled() -> Any:
    """Return the module of the compiled functions, its package being stood in for while it loads."""
    stand_in = ModuleType(_PACKAGE)
    stand_in.__path__ = [str(Path(str(import_module("scipy").__file__)).parent / "special")]
    sys.modules[_PACKAGE] = stand_in
    try:
        return import_module(f"{_PACKAGE}._ufuncs")
    finally:
        del sys.modules[_PACKAGE]


expit, logit, ndtr, ndtri, log_ndtr, stdtr, stdtrit, gammaln, betainc, betaincinv = _functions(
    ("expit", "logit", "ndtr", "ndtri", "log_ndtr", "stdtr", "stdtrit", "gammaln", "betainc", "betaincinv")
)
