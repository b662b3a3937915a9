"""The manual and the schemas follow the definitions."""

from pathlib import Path

import jsonschema
import pytest
import yaml

from gadless.trial.documentation import documents, manual

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", documents())
def test_generated_files_have_not_drifted(path):
    advice = "run: python -m gadless.trial.documentation"
    assert (ROOT / path).read_text(encoding="utf-8") == documents()[path], advice


def test_every_key_and_column_has_a_meaning():
    rows = [line for line in manual().splitlines() if line.startswith("| `")]
    assert len(rows) > 100
    assert not [row for row in rows if row.rstrip(" |").endswith("|")]


@pytest.mark.parametrize("name", ["config", "simulated"])
def test_the_shipped_configurations_fit_the_schema(name):
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
    jsonschema.validate(yaml.safe_load((ROOT / f"config/{name}.yaml").read_text()), schema)
