"""Agreement, paired time-to-event, survival, equivalence."""
