"""What a study file must hold: the models that its YAML is checked against; the fields are explained at the records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _as_text(given: object) -> object:
    """Return a bare number as text, so that it is refused as a time without a unit."""
    return f"{given:g}" if isinstance(given, int | float) and not isinstance(given, bool) else given


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,79}$")]
Words = Annotated[str, Field(min_length=1, max_length=900)]
Time = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^\d+(\.\d+)? (d|wk|mo|a)$")]
Count = Annotated[int, Field(ge=0, strict=True)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Pair = tuple[Number, Number]
Mark = Literal["seen", "memory", "derived"]
Use = Literal[
    "calibrate", "calibrate_shape_only", "calibrate_kinetics", "calibrate_safety", "calibrate_background",
    "calibrate_negative_control", "validation", "context", "context_safety", "prior_direction_only",
    "no_calibration_possible",
]  # fmt: skip
Statistic = Literal[
    "share", "count", "mean", "median", "mean_change", "percent_change", "median_percent_change",
    "relative_reduction", "difference", "rate", "single", "odds_ratio", "hazard_ratio", "risk_ratio", "rate_ratio",
    "geometric_mean_ratio",
]  # fmt: skip
Kind = Literal["drug", "car_t", "car_t_allogeneic", "msc", "msc_autologous", "stem_cell_transplantation", "exosomes"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Reference(_Model):
    what: Words
    where: Words


class _Citation(_Model):
    text: Words
    mark: Mark
    doi: tuple[Words, ...] = ()
    pmid: str = ""
    pmc: str = ""
    registry: str = ""
    note: str = ""


class _Therapy(_Model):
    kind: Kind
    what: Words
    dose: str = ""
    background: str = ""
    details: dict[str, str] = {}
    from_memory: tuple[str, ...] = ()


class _Arm(_Model):
    n: Count | None = None
    mark: Mark
    regimen: Name | None
    on_top_of: Name | None = None
    differs: str = ""
    reason: str = ""


def _in_words(given: object) -> object:
    """Refuse criteria as they stood in files of earlier versions, saying how to write them now."""
    if not isinstance(given, str):
        raise ValueError(
            "a rule in quotes, such as 'upcr >= 1 \"g/g\" or urinary_sediment'; write low as >=, high as <=, "
            "a flag by its name, and join alternatives by or"
        )
    return given


EntryText = Annotated[Words, BeforeValidator(_in_words)]
"""A rule of entry in the language of `lupercal.rules`; a study that is simulated has its rules read then."""


class DesignModel(_Model):
    """How the study was done."""

    text: Words
    randomised: bool | None = None
    blinding: Literal["open", "single", "double"] | None = None
    follow_up: Time | None = None
    follow_up_note: str = ""
    entry: tuple[EntryText, ...] = ()
    entry_note: str = ""
    excluded: tuple[Words, ...] = ()
    population: dict[str, str] = {}
    visits: Words | None = None
    drop_out: Words | None = None
    non_responder: Words | None = None


class RowModel(_Model):
    """One figure."""

    measure: Name
    arm: Name
    statistic: Statistic
    unit: Words
    mark: Mark
    source: Annotated[tuple[Name, ...], Field(min_length=1)]
    use: Use | None = None
    item: str = ""
    subgroup: str = ""
    value: Number | None = None
    bound: Literal["", "<", ">"] = ""
    time: Time | None = None
    when: str = ""
    window: Literal["at", "up_to"] = "at"
    n: Annotated[int, Field(ge=1, strict=True)] | None = None
    events: Count | None = None
    sd: Positive | None = None
    se: Positive | None = None
    ci95: Pair | None = None
    iqr: Pair | None = None
    range: Pair | None = None
    versus: Name | None = None
    confidence: Literal["low", "medium", "high"] | None = None
    note: str = ""


class FindingModel(_Model):
    """One result in words."""

    measure: Name
    arm: Name
    text: Words
    mark: Mark
    source: Annotated[tuple[Name, ...], Field(min_length=1)]
    time: Time | None = None
    when: str = ""
    n: Count | None = None
    note: str = ""


class _NotCarried(_Model):
    field: Words
    reason: Words


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Quiet(_Frozen):
    """A record whose later fields leave no trace where a file does not use them: the hash of studies stays what it was.

    Shipped files are stamped with that hash (`lupercal.evidence.residual.studies_hash`).
    """

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Yield the fields that are shown, see `pydantic.BaseModel.__repr_args__`."""
        yield from ((name, value) for name, value in super().__repr_args__() if value or name not in _LATER)


_LATER = ("prednisone", "responses")


class ResponseModel(_Frozen):
    """A renal response by a study's own thresholds; what is named must all hold at the visit.

    ``upcr`` is the largest protein-creatinine ratio (g/g), ``upcr_below`` what it must be below; ``fall`` the share
    lost since baseline at least. ``egfr`` is the least filtration (mL/min/1.73 m2), ``loss`` the largest share lost
    since baseline; either suffices. ``prednisone`` is the largest dose (mg/d); ``sediment`` asks for a quiet one.
    ``or_complete`` says that a partial response counts complete ones, too.
    """

    upcr: Positive | None = None
    upcr_below: Positive | None = None
    fall: Annotated[float, Field(gt=0, le=1)] | None = None
    egfr: Positive | None = None
    loss: Annotated[float, Field(ge=0, lt=1)] | None = None
    prednisone: Positive | None = None
    sediment: bool = False
    or_complete: bool = False

    def rule(self) -> dict[str, Any]:
        """Return the thresholds as a row of the table of renal responses (`lupercal.instruments.renal_response`)."""
        rule: dict[str, Any] = {"sediment": self.sediment, "or_complete": self.or_complete}
        rule |= {} if self.upcr is None else {"upcr": ("<=", self.upcr)}
        rule |= {} if self.upcr_below is None else {"upcr": ("<", self.upcr_below)}
        rule |= {} if self.fall is None else {"fall": (">=", self.fall)}
        rule |= {} if self.egfr is None else {"egfr": self.egfr, "reference": "baseline"}
        rule |= {} if self.loss is None else {"loss": self.loss, "reference": "baseline"}
        return rule | ({} if self.prednisone is None else {"prednisone": ("<=", self.prednisone)})


class OwnDosesModel(_Quiet):
    """An arm whose doses are no regimen of their own: a regimen with other amounts or days of one product.

    ``care`` is a protocol of care of this arm alone; ``prednisone`` its own taper, mg/d from each day on.
    """

    regimen: Name
    on_top_of: Name | None = None
    product: Name | Literal[""] = ""
    amount: Positive | None = None
    days: tuple[int, ...] = ()
    care: Name | None = None
    prednisone: dict[int, Positive] = {}


class ArmFlowModel(_Frozen):
    """Patients of an arm who started, who completed, and who left because lupus was active."""

    started: Annotated[int, Field(gt=0)]
    completed: Annotated[int, Field(gt=0)]
    left_for_lupus: Count | None = None


class FlowModel(_Frozen):
    """How many of each arm stopped by a week; ``stopped`` says who counts as not completed."""

    weeks: Annotated[float, Field(gt=0)]
    stopped: Literal["all", "lost_to_follow_up"]
    source: Words
    mark: Literal["seen", "derived"]
    arms: Annotated[dict[Name, ArmFlowModel], Field(min_length=1)]


class HowSimulatedModel(_Quiet):
    """How a study is simulated where it does not say, or where its doses differ from those of the regimens.

    ``entry`` adds rules of entry (``reason`` says why), ``stable`` that it took stable patients; ``arms`` hold own
    doses, ``drop_out`` who stopped, ``together`` the studies it is the sum of, ``care`` the name of its protocol of
    care (tapers, rescue), ``joined`` arms that are others together, ``responses`` what it meant by renal responses: the
    name of a definition of the package, or thresholds.
    """

    stable: bool = False
    entry: tuple[EntryText, ...] = ()
    reason: str = ""
    arms: dict[Name, OwnDosesModel] = {}
    drop_out: FlowModel | None = None
    together: tuple[Name, ...] = ()
    care: Name | None = None
    joined: dict[Name, Annotated[tuple[Name, ...], Field(min_length=2)]] = {}
    responses: dict[Name, Name | ResponseModel] = {}


class StudyModel(_Model):
    """A whole study file."""

    id: Name
    use: Use
    use_limit: str = ""
    citation: _Citation
    therapy: _Therapy
    design: DesignModel
    arms: Annotated[dict[Name, _Arm], Field(min_length=1)]
    sources: Annotated[dict[Name, _Reference], Field(min_length=1)]
    baseline: tuple[RowModel, ...] = ()
    outcomes: tuple[RowModel, ...] = ()
    findings: tuple[FindingModel, ...] = ()
    notes: tuple[Words, ...] = ()
    evidence: str = ""
    overlap_cluster: str = ""
    not_carried: tuple[_NotCarried, ...] = ()
    simulation: HowSimulatedModel = HowSimulatedModel()
