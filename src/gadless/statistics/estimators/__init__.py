"""Pure formulas over arrays and weights: they know nothing of a trial, its tables or its words."""
