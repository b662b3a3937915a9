"""Section `cdisc`: the data sets for submissions."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from gadless.trial.config.base import Section

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _written(value: Any) -> Any:
    """Take a number for no date, whatever it could be seconds of."""
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError('give a date as "YYYY-MM-DD", in quotes')


class Cdisc(Section):
    """The data sets for submissions (`results/cdisc`)."""

    reference_date: Annotated[
        date, BeforeValidator(_written), Field(ge=date(1900, 1, 1), le=date(2100, 1, 1))
    ] = Field(
        date(2000, 1, 1),
        description='Date ("YYYY-MM-DD", in quotes) that stands for day 0 of patients without'
        " `randomisation_date`: CDISC's data sets hold dates, also where the sheet has days alone."
        " Such dates are flagged as imputed, and the reviewer's guide says so.",
    )
