"""The columns of a sheet of ratings, which patients' pages export and the workflow takes back."""

from gadless.trial.columns import PATIENT, VISIT, Column

FINE, DOUBTFUL, WRONG = "fine", "doubtful", "wrong"

RATINGS = (
    PATIENT,
    VISIT,
    Column("contrast", "text", "Contrast that was rated.", True, True),
    Column(
        "rating",
        "choice",
        "What a reader thinks of the exam, image and outlines. `wrong`: it is not evaluable;"
        " `doubtful` and `fine` have no consequence.",
        True,
        True,
        choices=(FINE, DOUBTFUL, WRONG),
    ),
    Column("comment", "text", "Why."),
    Column("reader", "text", "Who rated."),
)
