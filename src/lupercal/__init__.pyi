from lupercal.api.care import CareResult as CareResult
from lupercal.api.care import protocol_of_care as protocol_of_care
from lupercal.api.claims import ClaimsResult as ClaimsResult
from lupercal.api.claims import check_claims as check_claims
from lupercal.api.claims import claims as claims
from lupercal.api.cohorts import PopulationResult as PopulationResult
from lupercal.api.cohorts import SimulationResult as SimulationResult
from lupercal.api.cohorts import population as population
from lupercal.api.cohorts import simulate as simulate
from lupercal.api.evidence import ValidationResult as ValidationResult
from lupercal.api.evidence import studies as studies
from lupercal.api.evidence import validate as validate
from lupercal.api.exchange import FhirImportResult as FhirImportResult
from lupercal.api.exchange import export_fhir as export_fhir
from lupercal.api.exchange import import_fhir as import_fhir
from lupercal.api.exchange import import_fhir_bulk as import_fhir_bulk
from lupercal.api.forecasts import ForecastResult as ForecastResult
from lupercal.api.forecasts import forecast as forecast
from lupercal.api.offers import EligibilityResult as EligibilityResult
from lupercal.api.offers import FollowUpResult as FollowUpResult
from lupercal.api.offers import PlanResult as PlanResult
from lupercal.api.offers import eligibility as eligibility
from lupercal.api.offers import follow_up as follow_up
from lupercal.api.offers import plan as plan
from lupercal.api.offers import therapies as therapies
from lupercal.api.patients import cases as cases
from lupercal.api.patients import read_patient as read_patient
from lupercal.api.scores import AssessmentResult as AssessmentResult
from lupercal.api.scores import assess as assess
from lupercal.api.scores import score as score
from lupercal.api.tables import TableImportResult as TableImportResult
from lupercal.api.tables import draft_table_map as draft_table_map
from lupercal.api.tables import export_table as export_table
from lupercal.api.tables import import_table as import_table
from lupercal.errors import InputError as InputError
from lupercal.errors import LupercalError as LupercalError
from lupercal.patient.record import Measurement as Measurement
from lupercal.patient.record import Patient as Patient
from lupercal.patient.record import Treatment as Treatment
from lupercal.patient.record import Visit as Visit
from lupercal.registry.making import make_registry as make_registry
from lupercal.registry.opened import open_registry as open_registry

__version__: str
RESEARCH_USE_ONLY: str
__all__: list[str]
