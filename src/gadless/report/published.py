"""What the study behind Gadless reported, for orientation beside a trial's own figures.

Jayachandran Preetha et al., Lancet Digit Health 2021;3:e784, and the comment on it, 2021;3:e754.
None of these values enters any computation. Those marked "not verified" were not seen in the text.
"""

VALUES: tuple[tuple[str, str, str], ...] = (
    ("Structural similarity (cGAN)", "about 0.82", "read in the comment"),
    ("Structural similarity (U-Net)", "about 0.81", "read in the comment"),
    ("Median volume bias", "−0.48 cm³, −7%", "read in the comment"),
    ("Median Dice, enhancing tumour", "0.28", "read in the comment"),
    ("Patients classified differently", "28%", "read in the comment"),
    ("Progressed on synthetic contrast only", "15%", "read in the comment"),
    ("Concordance of volumes", "0.782 (0.751 to 0.807)", "not verified"),
    ("Median time to progression, acquired", "4.3 months (4.1 to 5.5)", "not verified"),
    ("Median time to progression, synthetic", "4.2 months (4.1 to 5.2)", "not verified"),
    ("Hazard ratio of death on progression, acquired", "1.80 (1.31 to 2.46)", "not verified"),
    ("Hazard ratio of death on progression, synthetic", "1.75 (1.28 to 2.39)", "not verified"),
)
