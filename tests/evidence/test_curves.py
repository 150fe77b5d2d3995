"""Functions of the normal curve are SciPy's own, however little of SciPy was loaded to have them."""

from __future__ import annotations

import subprocess
import sys

import pytest

NAMES = ("expit", "logit", "ndtr", "ndtri", "log_ndtr", "stdtr", "stdtrit", "gammaln", "betaincinv")
SAME = f"""
import scipy.special
assert all(getattr(scipy.special, name) is getattr(curves, name) for name in {NAMES})
from scipy.stats import norm
assert abs(norm.cdf(1.0) - curves.ndtr(1.0)) < 1e-15
"""


A_THREAD = "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()"
FIRST = (
    "import lupercal.evidence.curves as curves, sys; assert 'scipy.special' not in sys.modules",
    "import scipy.special, lupercal.evidence.curves as curves",
    f"{A_THREAD}; import lupercal.evidence.curves as curves, sys; assert 'scipy.special' in sys.modules",
)


@pytest.mark.parametrize("first", FIRST)
def test_they_are_scipys_whatever_is_loaded_first(first: str) -> None:
    done = subprocess.run([sys.executable, "-c", first + SAME], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
