"""Figures, tables, pages. Reads result tables only: computes nothing."""
