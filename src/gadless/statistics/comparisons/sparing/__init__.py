"""Which exams still need contrast: how much is saved, and what it costs in concordance."""
