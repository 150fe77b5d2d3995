"""The normal curve and its kin: compiled functions of SciPy, without what its packages load beside them.

``scipy.special`` makes its functions ready for other libraries of arrays, which takes 0.15 s of every process, and
``scipy.stats`` takes longer than all that is asked of it here. The functions themselves are in a part that loads in a
tenth of that; they are the very same objects.
"""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_PACKAGE = "scipy.special"
_PART = f"{_PACKAGE}._ufuncs"


def _functions(names: tuple[str, ...]) -> tuple[Any, ...]:
    """Return functions by name, from the whole package where they do not come apart from it."""
    with suppress(ImportError, AttributeError, TypeError):
        return tuple(getattr(_compiled(), name) for name in names)
    return tuple(getattr(import_module(_PACKAGE), name) for name in names)


def _compiled() -> Any:
    """Return the module of the compiled functions, its package being stood in for while it loads.

    Where the package is there already nothing needs to stand in, and where other threads run none must see what does.
    """
    if {_PACKAGE, _PART} & sys.modules.keys() or threading.active_count() > 1:
        return import_module(_PART)
    stand_in = ModuleType(_PACKAGE)
    stand_in.__path__ = [str(Path(str(import_module("scipy").__file__)).parent / "special")]
    sys.modules[_PACKAGE] = stand_in
    try:
        return import_module(_PART)
    finally:
        del sys.modules[_PACKAGE]


expit, logit, ndtr, ndtri, log_ndtr, stdtr, stdtrit, gammaln, betainc, betaincinv = _functions(
    ("expit", "logit", "ndtr", "ndtri", "log_ndtr", "stdtr", "stdtrit", "gammaln", "betainc", "betaincinv")
)


def binomial_quantile(levels: Array, n: int, shares: Array) -> Array:
    """Return the least numbers of ``n`` patients that are not exceeded with chances ``levels``; all broadcast."""
    return np.asarray(_binomial_quantile()(levels, n, shares), np.float64)


@cache
def _binomial_quantile() -> Any:
    """Return SciPy's quantile of the binomial distribution; its name among the compiled functions is private."""
    with suppress(AttributeError):
        return _functions(("_binom_ppf",))[0]
    return import_module("scipy.stats").binom.ppf
