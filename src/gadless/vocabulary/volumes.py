"""Agreement of volumes and of images, visit by visit."""

from gadless.vocabulary.records import (
    CM3,
    COEFFICIENT,
    COUNT,
    DECIBEL,
    MM,
    NUMBER,
    PERCENT,
    RATIO,
    SHARE,
    SLOPE,
    Analysis,
    Term,
)

LARGER = "larger on the candidate"

MEDIAN_BIAS = Term(
    "median_bias_cm3",
    "Median bias, candidate − reference",
    "median of candidate minus reference",
    CM3,
    LARGER,
)
MEDIAN_BIAS_PERCENT = Term(
    "median_bias_percent",
    "Median bias, relative (reference at least the minimum volume)",
    "the same relative to the reference, visits where it reaches the minimum volume",
    PERCENT,
    LARGER,
)
MEDIAN_ABSOLUTE_ERROR = Term(
    "median_absolute_error_cm3",
    "Median absolute error",
    "median of the absolute difference",
    CM3,
)
CCC = Term(
    "ccc",
    "Lin's concordance correlation",
    "Lin's concordance correlation coefficient",
    COEFFICIENT,
)
CCC_PARTS = (
    Term(
        "ccc_pearson",
        "… precision (Pearson)",
        "precision; times the bias factor it is the CCC",
        COEFFICIENT,
    ),
    Term("ccc_bias_factor", "… accuracy (bias factor)", "accuracy: the CCC's other factor", NUMBER),
    Term("ccc_scale_shift", "… scale shift", "sd candidate / sd reference", RATIO, "wider spread"),
    Term(
        "ccc_location_shift",
        "… location shift",
        "mean difference in units of the geometric mean sd",
        NUMBER,
        LARGER,
    ),
)
BLAND_ALTMAN_BIAS = Term(
    "bland_altman_bias_mm",
    "Bland-Altman mean difference (diameter)",
    "mean difference of the diameter of the sphere of equal volume, repeated visits allowed for",
    MM,
    LARGER,
)
BLAND_ALTMAN_LOWER = Term(
    "bland_altman_lower_mm",
    "… lower 95% limit of agreement",
    "lower 95% limit of agreement of that difference",
    MM,
    LARGER,
)
BLAND_ALTMAN_UPPER = Term(
    "bland_altman_upper_mm",
    "… upper 95% limit of agreement",
    "upper 95% limit of agreement of that difference",
    MM,
    LARGER,
)
BLAND_ALTMAN_SLOPE = Term(
    "bland_altman_slope",
    "… slope on the mean",
    "slope of that difference on the mean: 0 where the scale holds",
    SLOPE,
    "larger on the candidate where tumours are large",
)
RATIOS = (
    Term(
        "ratio_bias",
        "Geometric mean ratio, candidate / reference",
        "geometric mean ratio, visits where both volumes reach the minimum",
        RATIO,
        LARGER,
    ),
    Term("ratio_lower", "… lower 95% limit", "lower 95% limit of that ratio", RATIO, LARGER),
    Term("ratio_upper", "… upper 95% limit", "upper 95% limit of that ratio", RATIO, LARGER),
)
MIXED = (
    Term(
        "mixed_bias_mm",
        "Mixed model: bias (diameter)",
        "mixed model of the difference of diameters, random intercept a patient: bias",
        MM,
        LARGER,
    ),
    Term("mixed_sd_patient_mm", "… spread between patients (sd)", "spread between patients", MM),
    Term("mixed_sd_visit_mm", "… spread within patients (sd)", "spread within patients", MM),
)
SITE_SD_BIAS = Term(
    "site_sd_bias_cm3",
    "Spread between sites of the median bias (sd)",
    "spread (sd) between sites of the median bias; level `site`",
    CM3,
)


def _of(tissue: str) -> tuple[Term, ...]:
    """Terms that name what is measured."""
    return (
        Term(
            "median_volume_cm3",
            f"Median volume of {tissue}",
            f"median volume of {tissue} on `contrast`, on the pair's visits",
            CM3,
        ),
        MEDIAN_BIAS,
        MEDIAN_BIAS_PERCENT,
        MEDIAN_ABSOLUTE_ERROR,
        CCC,
        *CCC_PARTS,
        BLAND_ALTMAN_BIAS,
        BLAND_ALTMAN_LOWER,
        BLAND_ALTMAN_UPPER,
        BLAND_ALTMAN_SLOPE,
        *RATIOS,
        *MIXED,
        Term(
            "detection_sensitivity",
            f"Detection of any {tissue}: sensitivity",
            f"any {tissue} (over the smallest lesion) on the candidate, given it is on the"
            " reference",
            SHARE,
        ),
        Term(
            "detection_specificity",
            "… specificity",
            f"no {tissue} on the candidate, given there is none on the reference",
            SHARE,
        ),
        Term(
            "false_positive_cm3",
            "Median volume where the reference has none",
            "median candidate volume where the reference has none",
            CM3,
        ),
        SITE_SD_BIAS,
    )


VOLUME = Analysis(
    "volume",
    "Enhancing volume",
    "Agreement of the enhancing volume, level `visit`. Paired rows, except `median_volume_cm3`;"
    " also"
    " by `size:` and `site:` strata (the first biases and `ccc` only).",
    _of("enhancing tumour"),
)
VOLUME_ABNORMALITY = Analysis(
    "volume_abnormality",
    "T2/FLAIR abnormality",
    "The same of the whole T2/FLAIR abnormality.",
    _of("T2/FLAIR abnormality"),
)
IMAGE = Analysis(
    "image",
    "Image quality",
    "The metrics of `image_metrics.tsv`, level `visit`: `estimate` is the median over visits,"
    " `stratum` the region (`region:NAME`), `contrast` the generator or baseline.",
    (
        Term("ssim", "Structural similarity", "structural similarity (Wang 2004)", NUMBER),
        Term("mae", "Mean absolute error", "mean absolute error, in brain medians", NUMBER),
        Term("psnr", "Peak signal to noise", "peak signal to noise", DECIBEL),
        Term(
            "contrast_recovery",
            "Contrast recovered",
            "mean predicted over mean acquired enhancement within the reference's enhancing label",
            RATIO,
        ),
        Term("dice", "Dice coefficient", "overlap with the reference's segmentation", NUMBER),
        Term(
            "lesion_f1",
            "Lesions recognised, F1",
            "twice the lesions that are the same over all lesions of both; the same: they share"
            " more than half of their union",
            NUMBER,
        ),
        Term(
            "lesion_iou",
            "Overlap of recognised lesions",
            "mean intersection over union of the lesions that are the same",
            NUMBER,
        ),
        Term(
            "lesions_missed",
            "Lesions missed",
            "lesions of the reference of which the candidate shows no voxel",
            COUNT,
        ),
        Term(
            "lesions_false",
            "False lesions",
            "lesions of the candidate of which no voxel is a lesion's on the reference",
            COUNT,
        ),
        Term(
            "left_out_components",
            "Components too small to be lesions",
            "components below `measurement.smallest_lesion_cm3`, which enter no figure",
            COUNT,
        ),
        Term(
            "left_out_cm3",
            "Volume of components too small to be lesions",
            "how much these add up to",
            CM3,
        ),
    ),
)
