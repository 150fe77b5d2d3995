"""The figures of import and workbench that need an otherwise idle machine, in one command of some six minutes.

    python -m benchmarks.doors_idle [--patients 5000] [--seconds 120] [--people 2000] [--keep FOLDER]

Prints how long `lupercal serve --demo` takes until its first page answers (asked: under 10 s), how many observations of
a bulk export are read in a second of processor time (asked: 20 000), and how long 50 clinicians wait for a page with
5 000 patients and a forecast at work (asked: 95 of 100 under 300 ms, no error).
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

LUPERCAL = [sys.executable, "-c", "from lupercal.cli.main import run; run()"]
LONGEST = 120.0


def ready_seconds(folder: Path) -> float:
    """Return how long the demo clinic takes from the command to its first page."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.perf_counter()
    call = [*LUPERCAL, "serve", "--demo", "--folder", str(folder), "--port", str(port)]
    server = subprocess.Popen(call, stdout=subprocess.DEVNULL)
    try:
        while time.perf_counter() - began < LONGEST:
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
                if answer.status == 200:
                    return time.perf_counter() - began
            time.sleep(0.05)
        return float("inf")
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


def main() -> None:
    """Measure one after the other."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=5000)
    options.add_argument("--seconds", type=float, default=120)
    options.add_argument("--people", type=int, default=2000)
    options.add_argument("--keep", type=Path)
    given = options.parse_args()
    folder = given.keep or Path(tempfile.mkdtemp())
    print(f"load of the machine at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors", flush=True)
    for turn in ("first", "second"):
        print(f"serve --demo, {turn} time: {ready_seconds(folder / turn):.1f} s to the first page", flush=True)
    module = [sys.executable, "-m"]
    subprocess.run([*module, "benchmarks.bulk_fhir", "--people", str(given.people)], check=True)
    crowd = str(folder / "crowd")
    subprocess.run([*module, "benchmarks.workbench_crowd", crowd, "--patients", str(given.patients)], check=True)
    subprocess.run([*module, "benchmarks.workbench_load", crowd, "--seconds", str(given.seconds)], check=True)
    if not given.keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
