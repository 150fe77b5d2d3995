"""What parameter sets predict for the shares of studies, as fractions of patients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.study_records import Study
from lupercal.validation.compare import predicted_rows
from lupercal.validation.places import is_plain_share
from lupercal.validation.predict import Prediction

Array = NDArray[np.float64]


def fractions(studies: Iterable[Study], told: Mapping[str, Sequence[Prediction]]) -> dict[tuple[str, int], Array]:
    """Return the fractions that the sets predict, (S,), by study and row, for the shares at least half of them do."""
    return {
        (study.id, index): np.clip(values / _whole(study, index), 0.0, 1.0)
        for study in studies
        for index, values, *_ in predicted_rows(study, told[study.id])
        if is_plain_share(study, index)
    }


def _whole(study: Study, index: int) -> float:
    row = study.sized(study.outcomes[index])
    return 100.0 if row.statistic == "share" else float(row.n or 1)
