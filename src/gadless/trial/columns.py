"""The columns of every sheet that a user writes, as data.

Checks, JSON schemas and `config/README.md` all follow from these definitions.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["identifier", "integer", "number", "date", "path", "choice", "flag", "text"]


@dataclass(frozen=True)
class Column:
    """One column of a sheet.

    Attributes
    ----------
    name : str
    kind : str
        What a cell holds; a ``flag`` is one of `FLAGS`, a ``choice`` in any case.
    description : str
    required : bool
        Whether the column must exist.
    filled : bool
        Whether every cell must hold a value.
    choices : tuple of str
        Allowed values of a ``choice``.
    minimum, maximum : float or None
        Least and greatest value of an ``integer`` or ``number``.
    because : str
        Why these are the limits, and what a value beyond them may be.
    also : tuple of str
        What others call this column. It is not read under such a name, but a sheet that has it
        is told so.
    """

    name: str
    kind: Kind
    description: str
    required: bool = False
    filled: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    because: str = ""
    also: tuple[str, ...] = ()


MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "<na>", "."})
"""Cells that hold nothing, in any case: what R, Excel, Python and SAS write for it."""

FLAGS = {"true": 1, "yes": 1, "y": 1, "1": 1, "false": 0, "no": 0, "n": 0, "0": 0}
"""Cells of a yes-or-no column, in any case: what R, Python, SAS and people write for it."""

CENTURY = 36525
"""Days within which all of a trial lies."""
_CENTURY_IS = "nobody is followed for a century; count days from randomisation"
# The adult intracranial cavity holds 1,100 to 1,900 cm3, and no tumour all of it.
HEAD_CM3 = 2000.0
HEAD_MM = 500.0
"""No head is as long."""
MOST_STEROID_MG = 500.0
"""Dexamethasone a day: a pulse of 1 g methylprednisolone is 190 mg."""
# Enhancing glioblastomas have a median of some 20 to 40 cm3, their T2/FLAIR abnormality of 100;
# the largest gliomatoses reach 500.
LARGEST_MEDIAN_CM3 = 500.0
_HEAD_IS = "no head holds that much (its cavity has 1,100 to 1,900 cm3); mm3 are 1,000 to the cm3"
# A head is some 200 by 250 mm; a sum over all targets cannot fill two of its slices.
_HEAD_MM2 = 100_000.0
_SLICES_ARE = "a slice of the whole head has 50,000 mm2; give products of diameters in mm2"


def _volume(name: str, description: str, also: tuple[str, ...]) -> Column:
    return Column(
        name, "number", description, minimum=0, maximum=HEAD_CM3, because=_HEAD_IS, also=also
    )


def _products(name: str, description: str, also: tuple[str, ...] = ()) -> Column:
    return Column(
        name, "number", description, minimum=0, maximum=_HEAD_MM2, because=_SLICES_ARE, also=also
    )


def _day(
    name: str,
    description: str,
    minimum: float = -CENTURY,
    because: str = _CENTURY_IS,
    *,
    required: bool = False,
    filled: bool = False,
    also: tuple[str, ...] = (),
) -> Column:
    return Column(
        name,
        "integer",
        description,
        required,
        filled,
        minimum=minimum,
        maximum=CENTURY,
        because=because,
        also=also,
    )


def _count(name: str, description: str, also: tuple[str, ...] = ()) -> Column:
    because = "lesions are counted, not measured, in this column"
    return Column(
        name, "integer", description, minimum=0, maximum=1000.0, because=because, also=also
    )


PATIENT = Column("patient", "identifier", "Identifier of the patient.", True, True)
VISIT = Column("visit", "identifier", "Identifier of the visit within the patient.", True, True)
_STUDY_DAY = ("study_day", "visit_day")
_SITE_ALSO = ("centre", "center")

PATIENTS = (
    PATIENT,
    Column(
        "arm",
        "text",
        "Treatment arm; one name for all where there is one.",
        True,
        True,
        also=("treatment_arm", "trt", "trt01p", "allocation"),
    ),
    _day(
        "os_days",
        "Day of death, or last day known alive.",
        minimum=0,
        required=True,
        also=("os", "survival", "overall_survival", "death_day"),
    ),
    Column(
        "os_event",
        "flag",
        "1 dead, 0 alive.",
        True,
        also=("death", "dead", "deceased", "died", "os_status", "vital_status"),
    ),
    Column("randomisation_date", "date", "Needed where visits have dates; day 0."),
    _day("treatment_day", "First day of treatment.", also=("first_dose_day", "treatment_start")),
    _day("radiotherapy_end_day", "Last day of radiotherapy.", also=("rt_end_day", "rt_end")),
    _day(
        "new_therapy_day",
        "First day of a new anticancer therapy.",
        minimum=1,
        because="a new therapy begins after randomisation (day 0): leave it empty if none began,"
        " and name what came before the trial in a column of its own",
        also=("second_line_day", "next_therapy_day", "subsequent_therapy_day"),
    ),
    _day("last_contact_day", "Last day of contact.", also=("last_followup_day",)),
    Column(
        "site",
        "text",
        "Where the patient is treated, for visits that name none.",
        also=_SITE_ALSO,
    ),
    Column(
        "fold",
        "text",
        "In which fold the patient is held out (`training.split: fold`); numbers or names.",
    ),
    Column(
        "phantom", "flag", "1: no patient but a digital phantom, or simulated; the report says so."
    ),
)

CLINICAL = (
    _day(
        "planned_day",
        "Day for which the protocol planned the visit, counted from the endpoints' `origin`, the"
        " same for all patients of an arm; empty for a visit that was not planned.",
    ),
    Column(
        "steroid_mg",
        "number",
        "Dexamethasone-equivalent dose, mg a day.",
        minimum=0,
        maximum=MOST_STEROID_MG,
        because="no patient takes so much; give dexamethasone-equivalent mg a day",
        also=("steroid", "steroids", "dexamethasone", "steroid_dose"),
    ),
    Column(
        "steroid_reason",
        "choice",
        "Why the dose is above the baseline's: for the tumour (symptoms, oedema) or another reason;"
        " RANO 2.0 asks for it.",
        choices=("tumour", "other"),
    ),
    Column(
        "clinical_status",
        "choice",
        "Clinical state against the previous visit.",
        choices=("improved", "stable", "worse"),
        also=("clinical", "neurological_status"),
    ),
    Column(
        "t2flair_worse", "flag", "1: T2/FLAIR significantly worse, by a reader.", also=("t2flair",)
    ),
    Column("outside_field", "flag", "1: new enhancement outside the radiation field."),
    Column("histology_pd", "flag", "1: progression shown by histology."),
    Column("site", "text", "Where the visit took place.", also=_SITE_ALSO),
)

VISITS = (
    PATIENT,
    VISIT,
    _day("day", "Study day; day 0 is randomisation. Or give `date`.", also=_STUDY_DAY),
    Column(
        "date",
        "date",
        "Date of the visit (YYYY-MM-DD), instead of `day`.",
        also=("visit_date", "scan_date", "study_date"),
    ),
    *CLINICAL,
)
"""What a row says of a visit, beside the paths of its images (`gadless.trial.sequences`)."""

READERS = (
    Column(
        "response",
        "choice",
        "A reader's own category at this visit.",
        choices=("CR", "PR", "MR", "SD", "PD", "NE"),
        also=("rano", "overall_response", "response_category", "reader_response"),
    ),
)
"""What only a reader gives, and no measurement of images."""

MEASUREMENTS = (
    PATIENT,
    VISIT,
    _day(
        "day",
        "Study day; day 0 is randomisation.",
        required=True,
        filled=True,
        also=_STUDY_DAY,
    ),
    Column("contrast", "text", "Where the enhancement comes from.", True, True),
    Column("evaluable", "flag", "0: the visit cannot be evaluated on this contrast."),
    Column(
        "reason",
        "text",
        "Why it cannot be evaluated. `no images acquired` on every contrast: a clinical contact,"
        " no scan was attempted; anything else: a scan that failed.",
    ),
    _volume(
        "enhancing_cm3",
        "Enhancing tumour.",
        ("volume", "volume_cm3", "tumour_volume", "tumor_volume", "et_cm3", "et"),
    ),
    _volume(
        "enhancing_low_cm3",
        "5th percentile of `enhancing_cm3` by the spread that its network states; empty where"
        " none is stated.",
        ("enhancing_p05_cm3", "enhancing_lower_cm3"),
    ),
    _volume(
        "enhancing_high_cm3",
        "95th percentile of it.",
        ("enhancing_p95_cm3", "enhancing_upper_cm3"),
    ),
    _volume("nonenhancing_cm3", "Non-enhancing abnormality.", ("edema", "oedema")),
    _volume("necrosis_cm3", "Necrosis.", ("necrotic_core",)),
    _volume(
        "abnormality_cm3",
        "Union of the three.",
        ("flair_volume", "t2flair_volume", "whole_tumour", "whole_tumor"),
    ),
    _products("spd_mm2", "Sum of products of enhancing targets.", ("sum_of_products", "products")),
    _products("nonenhancing_spd_mm2", "Sum of products, non-enhancing."),
    Column("sld_mm", "number", "Sum of longest diameters of enhancing targets.", minimum=0),
    _count("lesions", "Enhancing lesions.", ("lesion_count", "number_of_lesions")),
    _count("measurable_lesions", "Enhancing lesions that are measurable."),
    Column("new_lesion", "flag", "1: a new lesion since baseline."),
    *READERS,
    *CLINICAL,
)

PARTS = (
    ("enhancing_cm3", "abnormality_cm3"),
    ("nonenhancing_cm3", "abnormality_cm3"),
    ("necrosis_cm3", "abnormality_cm3"),
    ("measurable_lesions", "lesions"),
)
"""Columns of measurements of which the first is part of the second, and can never exceed it."""

LESIONS = (
    *("patient", "visit", "day", "contrast", "lesion", "compartment", "long_mm", "short_mm"),
    *("product_mm2", "volume_cm3", "measurable", "new", "merged"),
)
