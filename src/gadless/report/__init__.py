"""Figures, tables and the page. Reads result tables only: computes nothing."""
