"""Records for other systems: what the rooms know, said in HL7 FHIR."""
