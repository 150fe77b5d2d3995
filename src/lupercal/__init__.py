"""Lupercal: an open platform for cell therapy in lupus. Research use only, never medical advice.

``import lupercal as lp`` gives what the command line does as functions over frozen records: `lp.read_patient`,
`lp.assess`, `lp.eligibility`, `lp.plan`, `lp.forecast`, `lp.population`, `lp.simulate`, `lp.validate` and more. Nothing
heavy is loaded before it is used. The typed list of all public names is ``__init__.pyi``.
"""

from lupercal.api.lazy import attach

__version__ = "0.1.0"

RESEARCH_USE_ONLY = "Research use only. Not medical advice, not a medical device."

_FACE = {
    "lupercal.errors": ("InputError", "LupercalError"),
    "lupercal.patient.record": ("Patient", "Visit", "Measurement", "Treatment"),
    "lupercal.api.patients": ("read_patient", "cases"),
    "lupercal.api.exchange": ("import_fhir", "import_fhir_bulk", "export_fhir", "FhirImportResult"),
    "lupercal.api.tables": ("import_table", "draft_table_map", "export_table", "TableImportResult"),
    "lupercal.api.scores": ("assess", "score", "AssessmentResult"),
    "lupercal.api.offers": (
        "eligibility", "plan", "follow_up", "therapies", "EligibilityResult", "PlanResult", "FollowUpResult",
    ),
    "lupercal.api.forecasts": ("forecast", "ForecastResult"),
    "lupercal.api.care": ("protocol_of_care", "CareResult"),
    "lupercal.api.cohorts": ("population", "simulate", "PopulationResult", "SimulationResult"),
    "lupercal.api.claims": ("claims", "check_claims", "ClaimsResult"),
    "lupercal.api.evidence": ("studies", "validate", "ValidationResult"),
    "lupercal.registry.opened": ("open_registry",),
    "lupercal.registry.making": ("make_registry",),
}  # fmt: skip

__all__ = attach(__name__, _FACE, ("RESEARCH_USE_ONLY", "__version__"))  # noqa: PLE0605 - one list of names: the map
