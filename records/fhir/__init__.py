"""FHIR R4 resources as plain dicts, one file a resource. Pure; see docs/decisions/0050-fhir.md."""
