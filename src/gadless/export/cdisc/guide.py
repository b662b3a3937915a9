"""The reviewer's guide: a page that says what is in the data sets, and how to select from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
import pandas as pd

from gadless import __version__
from gadless.export.cdisc.dataset import Dataset
from gadless.export.cdisc.parameters import BASES
from gadless.export.cdisc.terms import CNSR, RESPONSES
from gadless.files import write_text
from gadless.trial.config import Config

_TEMPLATES = Path(__file__).parent / "templates"
_ANALYSES = ("ADTTE", "ADRS", "ADTR")


@dataclass(frozen=True)
class Said:
    """What criteria sets are called: the published criteria, and a title for readers."""

    categories: Mapping[str, str]
    titles: Mapping[str, str]


@dataclass(frozen=True)
class Parameter:
    """One row of the list of parameters."""

    dataset: str
    code: str
    number: str
    name: str
    evaluator: str
    criteria: str
    visits: str
    records: int
    flagged: int
    subjects: int


@dataclass(frozen=True)
class Population:
    """One row of the list of populations."""

    flag: str
    label: str
    said: str
    subjects: int


def write_guide(config: Config, datasets: Sequence[Dataset], said: Said, path: Path) -> None:
    """Write the page.

    Parameters
    ----------
    config : Config
    datasets : sequence of Dataset
        All.
    said : Said
    path : Path
    """
    subjects = next(one for one in datasets if one.name == "ADSL")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("guide.html").render(
        version=__version__,
        config=config,
        datasets=datasets,
        people=len(subjects.frame),
        imputed=int((subjects.frame["RANDDTF"] == "Y").sum()),
        parameters=[row for one in datasets if one.name in _ANALYSES for row in parameters(one)],
        populations=_populations(subjects),
        bases=BASES,
        censored=CNSR,
        responses=RESPONSES,
        said=said,
    )
    write_text(page.rstrip() + "\n", path)


def parameters(dataset: Dataset) -> list[Parameter]:
    """List the parameters of an analysis data set, in the order of their numbers."""
    frame = dataset.frame
    columns = ["PARAMN", "PARAMCD", "PARAM", "PARCAT2", "PARCAT3", "ANLSET", "PAIR"]
    absent = {name: "" for name in columns if name not in frame}
    frame = frame.assign(**absent)
    rows = []
    for key, own in frame.groupby(columns, sort=True):
        number, code, name, evaluator, criteria, _, pair = key
        rows.append(
            Parameter(
                *(dataset.name, str(code), f"{number:.0f}", str(name), str(evaluator)),
                *(str(criteria), f"shared with {pair}" if pair else "own"),
                *(len(own), int((own["ANL01FL"] == "Y").sum()), own["USUBJID"].nunique()),
            )
        )
    return rows


def _populations(subjects: Dataset) -> list[Population]:
    flags = [one for one in subjects.variables if one.name.endswith("FL") and one.codes == "NY"]
    counts: dict[str, pd.Series] = {one.name: subjects.frame[one.name] == "Y" for one in flags}
    return [Population(one.name, one.label, one.said, int(counts[one.name].sum())) for one in flags]
