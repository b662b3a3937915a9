"""Masks, synthetic images and maps that others made, brought to the common grid and checked."""
