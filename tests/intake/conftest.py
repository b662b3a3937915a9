"""Archives of DICOM, and the command run on them."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from gadless.cli import main


@dataclass
class Run:
    """A trial made of an archive."""

    archive: Path
    trial: Path
    capsys: pytest.CaptureFixture[str]
    told: str = ""

    @property
    def private(self) -> Path:
        return self.trial.with_name(f"{self.trial.name}-PRIVATE")

    def sheets(self, *options: str, status: int = 0) -> str:
        """Run the command; return what it printed."""
        arguments = ["sheets", "--dicom", str(self.archive), "--out", str(self.trial), *options]
        found = main(arguments)
        out, error = self.capsys.readouterr()
        self.told = out + error
        assert found == status, self.told
        return self.told

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.trial / name, sep="\t", dtype=str, keep_default_na=False)

    def said(self, kind: str) -> list[str]:
        table = self.table("protocol.tsv")
        return table.loc[table["kind"] == kind, "what"].tolist()

    def used(self) -> dict[str, str]:
        """Sequences of the series in use, by their names."""
        series = self.table("series.tsv")
        used = series[series["use"] == "1"]
        return dict(zip(used["series"], used["sequence"], strict=True))


@pytest.fixture
def run(tmp_path, capsys) -> Run:
    return Run(tmp_path / "archive", tmp_path / "trial", capsys)
