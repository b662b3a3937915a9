"""What is measured of a tumour, as a reader sees it."""

TITLES = {
    "enhancing_cm3": "Enhancing tumour, cm³",
    "abnormality_cm3": "Whole abnormality, cm³",
    "spd_mm2": "Sum of products of diameters, mm²",
    "sld_mm": "Sum of longest diameters, mm",
    "nonenhancing_cm3": "Non-enhancing tumour, cm³",
    "nonenhancing_spd_mm2": "Sum of products of diameters, non-enhancing, mm²",
}
"""Columns of measurements as a reader sees them."""
