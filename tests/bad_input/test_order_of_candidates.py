"""The order in which candidates are named is the report's: every table is the same by the byte."""

from functools import partial
from pathlib import Path

import measured_trial
import pandas as pd
import pyreadstat
import pytest
from measured_trial import run, sheets

from gadless.statistics.analyse import analyse

pytestmark = pytest.mark.slow

CANDIDATES = ("zeta", "cgan", "Beta")


def three_candidates() -> tuple[pd.DataFrame, pd.DataFrame]:
    people, table = sheets(patients=10)
    rows = [table]
    for place, name in enumerate(("zeta", "Beta"), start=2):
        other = table[table["contrast"] == "cgan"].assign(contrast=name)
        other["enhancing_cm3"] = (other["enhancing_cm3"] * (1 + 0.1 * place)).round(3)
        rows.append(other)
    return people, pd.concat(rows)


def results(folder: Path, candidates: list[str]) -> dict[str, bytes]:
    folder.mkdir()
    more = {"bootstrap": 20}
    run(folder, *three_candidates(), candidates=candidates, report=False, statistics=more)
    made = {path.name: path.read_bytes() for path in (folder / "trial").glob("*.tsv")}
    for path in (folder / "cdisc").glob("*.xpt"):
        # Not the file, whose header holds the time.
        made[path.name] = pyreadstat.read_xport(path)[0].to_csv().encode()
    return made


@pytest.fixture(scope="module", autouse=True)
def quick():
    """By the resampling's kernel alone, which takes a fraction of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measured_trial, "analyse", partial(analyse, kernel_only=True))
        yield


@pytest.fixture(scope="module")
def expected(tmp_path_factory) -> dict[str, bytes]:
    return results(tmp_path_factory.mktemp("order") / "sorted", sorted(CANDIDATES))


@pytest.mark.parametrize("order", [CANDIDATES, ("cgan", "zeta", "Beta")])
def test_no_table_depends_on_the_order_of_candidates(expected, tmp_path, order):
    found = results(tmp_path / "trial", list(order))
    assert found.keys() == expected.keys()
    assert [name for name in found if found[name] != expected[name]] == []
