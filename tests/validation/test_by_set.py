"""Sets are simulated side by side, and the result does not depend on where."""

from __future__ import annotations

from lupercal.evidence.studies import study
from lupercal.trial.pool import pool
from lupercal.trial.weighting import weighted
from lupercal.validation.by_set import predictions_by_set
from lupercal.validation.natural import nephritis_table
from lupercal.validation.predict import predict
from lupercal.validation.sizes import Sizes

SETS: tuple[dict[str, float], ...] = ({"hq_max": 0.3}, {"hq_max": 0.8}, {})


def test_every_set_predicts_what_it_predicts_alone_in_order() -> None:
    studies, done = [study("hcq_withdrawal_1991")], list[int]()
    found = predictions_by_set(studies, SETS, Sizes(seed=3, pool=400, patients=40), done.append, "threads", 2)
    values = [one.values for one in found["hcq_withdrawal_1991"]]
    assert sorted(done) == [1, 2, 3]
    assert len(values) == len(SETS)
    assert values[0] != values[1]
    alone = predict(
        studies[0], weighted(pool(SETS[1], 3, 400, "screen"), nephritis_table()).pool, 3, 40, engine="screen"
    )
    assert values[1] == alone.values


def test_single_precision_says_what_double_precision_says() -> None:
    one, patients = study("hcq_withdrawal_1991"), 200
    single, double = (
        predictions_by_set([one], SETS[2:], Sizes(3, 400, patients, engine), runner="serial")[one.id][0].values
        for engine in ("screen", "compiled")
    )
    shares = [index for index in double if one.outcomes[index].statistic == "share"]
    assert shares
    assert all(abs(single[index] - double[index]) <= 100 / patients + 1e-9 for index in shares)  # a person at most
