"""Subgroups as people word them: spellings of what is known, bounds in other units, why others cannot be told."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.trial.endpoints.subgroup_words import BaselineBound, asks_for_episode, bound_of, plain_words, why_not_told
from lupercal.trial.endpoints.subgroups import SUBGROUPS


@pytest.mark.parametrize(
    ("words", "known"),
    [
        ("Low complement at baseline", "low complement at baseline"),
        ("low complement", "low complement at baseline"),
        ("anti-dsDNA-positive", "anti-dsDNA positive at baseline"),
        ("anti-dsDNA positive at study entry", "anti-dsDNA positive at baseline"),
        ("without immunosuppressants", "no immunosuppressant at baseline"),
        ("on immunosuppressants at baseline", "immunosuppressant at baseline"),
        ("IFN-high", "interferon signature high"),
        ("high interferon signature at baseline", "interferon signature high"),
        ("interferon gene signature low", "interferon signature low"),
        ("sri-4 responders", "SRI-4 responders"),
        ("HCQ at baseline", "hydroxychloroquine at baseline"),
        ("no corticosteroids at baseline", "no glucocorticoid at baseline"),
        ("New onset lupus nephritis", "new nephritis"),
        ("newly diagnosed nephritis", "new nephritis"),
        ("newly-diagnosed LN at baseline", "new nephritis"),
        ("de novo nephritis", "new nephritis"),
        ("first episode", "new nephritis"),
        ("patients with a first episode of nephritis", "new nephritis"),
        ("incident LN", "new nephritis"),
        ("nephritis, new-onset", "new nephritis"),
        ("relapsing nephritis at entry", "relapsed nephritis"),
        ("Relapsed", "relapsed nephritis"),
        ("recurrent lupus nephritis", "relapsed nephritis"),
        ("flare of known nephritis", "relapsed nephritis"),
        ("with a relapse of nephritis", "relapsed nephritis"),
        ("nephritis relapse", "relapsed nephritis"),
    ],
)
def test_other_spellings_mean_the_same(words: str, known: str) -> None:
    assert known in SUBGROUPS
    assert plain_words(words) == plain_words(known)


@pytest.mark.parametrize(
    ("words", "asks"),
    [
        ("new nephritis", True),
        ("low complement and relapsed nephritis", True),
        ("SRI-4 responders; first episode", True),
        ("refractory nephritis", False),
        ("relapsed or refractory nephritis", False),
        ("new or relapsed nephritis", False),
        ("nephritis at baseline", False),
        ("nephritis flare", False),
        ("new", False),
        ("", False),
    ],
)
def test_only_words_of_one_episode_ask_what_kidneys_did(words: str, asks: bool) -> None:
    assert asks_for_episode(words) is asks


def test_no_two_subgroups_read_alike() -> None:
    assert len({plain_words(words) for words in SUBGROUPS}) == len(SUBGROUPS)


@pytest.mark.parametrize(
    ("words", "bound"),
    [
        ("SLEDAI of 10 or more at baseline", ("sledai_2k", ">=", 10.0)),
        ("SLEDAI-2K ≥10", ("sledai_2k", ">=", 10.0)),
        ("SLEDAI >= 10 at entry", ("sledai_2k", ">=", 10.0)),
        ("sledai below 10 at baseline", ("sledai_2k", "<", 10.0)),
        ("prednisone above 10 mg/d at baseline", ("prednisone", ">", 10.0)),
        ("prednisone of 7.5 mg/d or less", ("prednisone", "<=", 7.5)),
        ("UPCR at least 300 mg/mmol", ("upcr", ">=", 2.652)),
        ("C3 below 90 mg/dL at baseline", ("c3", "<", 0.9)),
        ("eGFR < 60 mL/min/1.73", ("egfr", "<", 60.0)),
        ("anti-dsDNA more than 30 IU/mL", ("anti_dsdna", ">", 30.0)),
    ],
)
def test_bounds_are_read_in_their_unit(words: str, bound: tuple[str, str, float]) -> None:
    told = bound_of(words)
    assert told is not None
    assert (told.column, told.sign) == bound[:2]
    assert told.limit == pytest.approx(bound[2], rel=1e-3)


@pytest.mark.parametrize("words", ["SLEDAI 10", "UPCR of 3 kg or more", "haste of 3 or more", "of 3 or more", ""])
def test_words_that_bound_nothing_are_no_bound(words: str) -> None:
    assert bound_of(words) is None


def test_every_sign_means_what_it_says() -> None:
    values = np.array([9.0, 10.0, 11.0])
    met = {sign: BaselineBound("sledai_2k", sign, 10.0).met(values).tolist() for sign in (">=", "<=", ">", "<")}
    assert met == {
        ">=": [False, True, True],
        "<=": [True, True, False],
        ">": [False, False, True],
        "<": [True, False, False],
    }


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("newly diagnosed nephritis", "only where nephritis is the entry"),
        ("relapsed nephritis", "only where nephritis is the entry"),
        ("recurrent LN", "only where nephritis is the entry"),
        ("history of nephritis", "what kidneys did before"),
        ("refractory nephritis", "what earlier treatment"),
        ("relapsed or refractory nephritis", "what earlier treatment"),
        ("women", "who people are"),
        ("class V nephritis", "no biopsy"),
        ("left-handed", "from simulated visits"),
    ],
)
def test_what_cannot_be_told_says_why(words: str, reason: str) -> None:
    assert reason in why_not_told(words)
