"""FHIR R4 in and out: bundles and bulk exports become patient files with a verdict on every item, and patients bundles."""
