"""Losses, inputs and outputs held against each other, on exams that none of them has seen."""
