"""What the analysis data sets have in common: parameter, evaluator, criteria, visits, dates."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from gadless.export.cdisc.dataset import Dataset, Variable, as_ascii
from gadless.export.cdisc.days import Calendar, relative
from gadless.export.cdisc.parameters import ONCE, Scheme
from gadless.export.cdisc.subjects import SHARED, joined

PARAMETER = (
    *SHARED,
    Variable("ASEQ", "Analysis Sequence Number", "integer", "Records of a subject, from 1"),
    Variable("PARAM", "Parameter", "text", "Meaning of PARAMCD", "Assigned"),
    Variable(
        *("PARAMCD", "Parameter Code", "text"),
        "What is analysed, then contrast, criteria and visits (reviewer's guide)",
        *("Assigned", "PARAMCD"),
    ),
    Variable(*("PARAMN", "Parameter (N)", "integer"), "PARAMCD in digits", "Assigned", "PARAMN"),
    Variable("PARCAT1", "Parameter Category 1: Type", "text", "", "Assigned"),
    Variable(
        *("PARCAT2", "Parameter Category 2: Evaluator", "text"),
        *("Acquired or synthetic contrast, and its name", "Assigned"),
    ),
)
CRITERIA = (
    Variable("PARCAT3", "Parameter Category 3: Criteria", "text", "Criteria set", "Assigned"),
    Variable(
        *("ANLSET", "Analysis Set", "text"),
        *("all: the contrast's own visits; common: those that a pair shares", "Assigned"),
    ),
    Variable("PAIR", "Candidate of the Pair (Set common)", "text", "", "Assigned"),
)
VISIT = (
    Variable("AVISIT", "Analysis Visit", "text", "The sheet's `visit`", "Collected", "AVISIT"),
    Variable(
        *("AVISITN", "Analysis Visit (N)", "integer"),
        "Names of visits in the order of their median day, from 1",
    ),
)
DAY = (
    Variable("ADT", "Analysis Date", "date", "Day 0 and the study day"),
    Variable(
        *("ADTF", "Analysis Date Imputation Flag", "text"),
        "Y: day 0 is the configured reference date",
        codes="Y",
    ),
    Variable("ADY", "Analysis Relative Day", "integer", "ADT - RANDDT + 1, no day 0"),
)
SOURCE = (
    Variable("SRCDOM", "Source Data", "text", "Where the value or date stands", "Assigned"),
    Variable("SRCVAR", "Source Variable", "text", "", "Assigned"),
    Variable("SRCSEQ", "Source Sequence Number", "integer", "Its record in SRCDOM, if one"),
)


@dataclass(frozen=True)
class Trial:
    """What every data set is made with: the trial's name, people, days and scheme of codes.

    `repeat` is the contrast that is a second reading of the reference, if any.
    """

    name: str
    subjects: Dataset
    calendar: Calendar
    scheme: Scheme
    numbers: dict[str, int]
    repeat: str | None = None

    @cached_property
    def evaluators(self) -> dict[str, str]:
        """Words of each contrast as an evaluator."""
        others = {name: f"SYNTHETIC CONTRAST: {name}" for name in self.scheme.contrasts}
        others |= {} if self.repeat is None else {self.repeat: f"SECOND READING: {self.repeat}"}
        return others | {self.scheme.reference: f"ACQUIRED CONTRAST: {self.scheme.reference}"}

    def record(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Add subject, parameter and analysis to rows.

        Parameters
        ----------
        frame : DataFrame
            ``patient``, ``parameter``, ``contrast`` and, of what depends on them, ``criteria``,
            ``analysis_set`` and ``candidate``.
        """
        frame = frame.reset_index(drop=True)
        absent = [name for name in ("criteria", "analysis_set", "candidate") if name not in frame]
        frame = frame.assign(**dict.fromkeys(absent))
        made = joined(frame, self.subjects).join(self.scheme.columns(frame))
        made = made.assign(
            PARCAT2=made["contrast"].map(self.evaluators),
            PARCAT3=made["criteria"],
            ANLSET=made["analysis_set"],
            PAIR=made["candidate"],
        )
        # What depends on no analysis names none.
        once = made["parameter"].isin(ONCE)
        made.loc[once, ["PARCAT2", "PARCAT3", "ANLSET", "PAIR"]] = None
        return made

    def dated(self, frame: pd.DataFrame, days: pd.Series) -> pd.DataFrame:
        """Add ``ADT``, ``ADTF`` and ``ADY`` of study days."""
        dates = self.calendar.date(frame["patient"].astype(str), days)
        flags = self.calendar.flag(frame["patient"].astype(str), dates)
        return frame.assign(ADT=dates, ADTF=flags, ADY=relative(days))

    def visited(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Add ``AVISIT`` and ``AVISITN`` of the sheet's visits; empty where there is none."""
        visits = frame["visit"].astype(object).where(frame["visit"].notna(), None)
        return frame.assign(AVISIT=visits, AVISITN=visits.map(self.numbers).astype("float64"))


def sequence_of(
    frame: pd.DataFrame, sought: pd.DataFrame, keys: dict[str, str], number: str
) -> pd.Series:
    """Sequence number of the record that each row comes from; missing where none is.

    Parameters
    ----------
    frame : DataFrame
        Rows that look for their source.
    sought : DataFrame
        Records, of which one bears each key.
    keys : dict of str to str
        Columns of `frame` to those of `sought`.
    number : str
        Column of the sequence numbers.
    """
    known = dict(
        zip(
            sought[list(keys.values())].itertuples(index=False, name=None),
            sought[number],
            strict=True,
        )
    )
    # The records are ready to be written, in ASCII; the rows need not be.
    coded = frame[list(keys)].apply(lambda column: column.map(_coded))
    rows = coded.itertuples(index=False, name=None)
    return pd.Series([known.get(row, float("nan")) for row in rows], frame.index, dtype="float64")


def _coded(cell: object) -> object:
    return as_ascii(cell) if isinstance(cell, str) else cell
