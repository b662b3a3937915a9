"""One module a figure; each function takes result tables and returns a `Drawing`."""
