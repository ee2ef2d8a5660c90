"""Who must know, by when: policy, roster, the escalation, deliveries and the auditor."""
