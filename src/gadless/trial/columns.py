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
        What a cell holds; ``flag`` is 0 or 1.
    description : str
    required : bool
        Whether the column must exist.
    filled : bool
        Whether every cell must hold a value.
    choices : tuple of str
        Allowed values of a ``choice``.
    minimum : float or None
        Least value of an ``integer`` or ``number``.
    """

    name: str
    kind: Kind
    description: str
    required: bool = False
    filled: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None


SEQUENCES = ("t1", "t2", "flair", "t1c")

_PATIENT = Column("patient", "identifier", "Identifier of the patient.", True, True)
_VISIT = Column("visit", "identifier", "Identifier of the visit within the patient.", True, True)
_DAY = Column("day", "integer", "Study day; day 0 is randomisation.", True, True)

PATIENTS = (
    _PATIENT,
    Column("arm", "text", "Treatment arm; one name for all where there is one.", True, True),
    Column("os_days", "integer", "Day of death, or last day known alive.", True, minimum=0),
    Column("os_event", "flag", "1 dead, 0 alive.", True),
    Column("randomisation_date", "date", "Needed where visits have dates; day 0."),
    Column("treatment_day", "integer", "First day of treatment."),
    Column("radiotherapy_end_day", "integer", "Last day of radiotherapy."),
    Column("new_therapy_day", "integer", "First day of a new anticancer therapy."),
    Column("last_contact_day", "integer", "Last day of contact."),
)

CLINICAL = (
    Column("steroid_mg", "number", "Dexamethasone-equivalent dose, mg a day.", minimum=0),
    Column(
        "clinical_status",
        "choice",
        "Clinical state against the previous visit.",
        choices=("improved", "stable", "worse"),
    ),
    Column("t2flair_worse", "flag", "1: T2/FLAIR significantly worse, by a reader."),
    Column("outside_field", "flag", "1: new enhancement outside the radiation field."),
    Column("histology_pd", "flag", "1: progression shown by histology."),
    Column("site", "text", "Where the visit took place."),
)

VISITS = (
    _PATIENT,
    _VISIT,
    Column("day", "integer", "Study day; day 0 is randomisation. Or give `date`."),
    Column("date", "date", "Date of the visit (YYYY-MM-DD), instead of `day`."),
    Column("t1", "path", "T1 before contrast.", True),
    Column("t2", "path", "T2.", True),
    Column("flair", "path", "FLAIR.", True),
    Column("t1c", "path", "T1 after gadolinium; empty: none given.", True),
    *CLINICAL,
)

MEASUREMENTS = (
    _PATIENT,
    _VISIT,
    _DAY,
    Column("contrast", "text", "Where the enhancement comes from.", True, True),
    Column("evaluable", "flag", "0: the visit cannot be evaluated on this contrast."),
    Column(
        "reason",
        "text",
        "Why it cannot be evaluated. `no images acquired` on every contrast: a clinical contact,"
        " no scan was attempted; anything else: a scan that failed.",
    ),
    Column(
        "response",
        "choice",
        "A reader's own category at this visit, in any case.",
        choices=("CR", "PR", "MR", "SD", "PD", "NE"),
    ),
    Column("enhancing_cm3", "number", "Enhancing tumour.", minimum=0),
    Column("nonenhancing_cm3", "number", "Non-enhancing abnormality.", minimum=0),
    Column("necrosis_cm3", "number", "Necrosis.", minimum=0),
    Column("abnormality_cm3", "number", "Union of the three.", minimum=0),
    Column("spd_mm2", "number", "Sum of products of enhancing targets.", minimum=0),
    Column("nonenhancing_spd_mm2", "number", "Sum of products, non-enhancing.", minimum=0),
    Column("lesions", "integer", "Enhancing lesions.", minimum=0),
    Column("measurable_lesions", "integer", "Enhancing lesions that are measurable.", minimum=0),
    Column("new_lesion", "flag", "1: a new lesion since baseline."),
    *CLINICAL,
)

LESIONS = (
    "patient",
    "visit",
    "day",
    "contrast",
    "lesion",
    "compartment",
    "long_mm",
    "short_mm",
    "product_mm2",
    "volume_cm3",
    "measurable",
    "new",
    "merged",
)
