"""A server that is killed in the middle of its work leaves every record whole: a short run of the script."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.slow
def test_a_killed_server_leaves_nothing_half_written() -> None:
    """``python -m benchmarks.workbench_kills`` does it fifty times."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.workbench_kills", "--kills", "5"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert "half-written or lost: 0" in done.stdout
