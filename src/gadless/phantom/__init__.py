"""The digital trial: anatomy, tumour, signal, cohort, known truth."""
