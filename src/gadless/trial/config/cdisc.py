"""Section `cdisc`: the data sets for submissions."""

from datetime import date

from pydantic import Field

from gadless.trial.config.base import Section


class Cdisc(Section):
    """The data sets for submissions (`results/cdisc`)."""

    reference_date: date = Field(
        date(2000, 1, 1),
        description="Date that stands for day 0 of patients without `randomisation_date`: CDISC's"
        " data sets hold dates, also where the sheet has days alone. Such dates are flagged as"
        " imputed, and the reviewer's guide says so.",
    )
