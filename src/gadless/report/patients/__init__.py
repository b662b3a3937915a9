"""A page a patient, and their index: what every contrast made of one patient, to be looked at."""
