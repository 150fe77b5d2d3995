"""Records in buckets: the same in memory and on disk, from several threads, whatever the order they come in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal.files import buckets
from lupercal.files.buckets import Buckets

PARTS = st.lists(st.lists(st.integers(0, 9), max_size=12), max_size=8)


@settings(max_examples=30, deadline=None)
@given(parts=PARTS, held=st.sampled_from([0, 5, 1 << 19]))
def test_what_was_put_in_comes_out_of_its_bucket_in_order(
    parts: list[list[int]], held: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("buckets")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(buckets, "HELD", held)
        kept = Buckets(folder, "n", np.int64)
        for part in parts:
            kept.add(np.array(part, np.int64) * 10, np.array(part, np.int64))
    put = [number for part in parts for number in part]
    assert kept.filled() == sorted(set(put))
    for number in range(11):
        assert kept.bucket(number).tolist() == [number * 10] * put.count(number)


def test_many_threads_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "HELD", 50)
    kept = Buckets(tmp_path, "n", [("row", "<i8"), ("word", "<u4")])

    def add(start: int) -> None:
        records = np.zeros(10, kept.kind)
        records["row"] = np.arange(start, start + 10)
        kept.add(records, records["row"] % 4)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(0, 1000, 10)))
    rows = np.concatenate([kept.bucket(number)["row"] for number in kept.filled()])
    assert sorted(rows.tolist()) == list(range(1000))
    assert list(tmp_path.iterdir())  # more than are held: on disk
