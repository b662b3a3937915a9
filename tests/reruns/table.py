"""The table of changes: each with what it makes run in a small trial.

Of the trial with scans, patient P001 has two visits and P002 has one; the trial that was measured
elsewhere has eight patients.
"""

from row import Row
from rows_of_inputs import MEASURED, SCANS, SHEETS
from rows_of_results import CODE, RESULTS
from rows_of_settings import SETTINGS

TABLE: dict[str, tuple[Row, ...]] = {
    "The sheets": SHEETS,
    "Scans, and what others made": SCANS,
    "The configuration": SETTINGS,
    "The results": RESULTS,
    "The code": CODE,
    "A trial that was measured elsewhere": MEASURED,
}
ROWS = [row for rows in TABLE.values() for row in rows]
