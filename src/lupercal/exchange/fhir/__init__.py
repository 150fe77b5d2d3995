"""FHIR R4 in and out: bundles become patient files with a verdict on every item, and patients become bundles."""
