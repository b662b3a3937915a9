from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest
from docutils.core import publish_doctree
from docutils.utils import Reporter

from gadless.report.build import FIGURES

CAPTIONS = Path(__file__).parents[2] / "workflow" / "report"


@pytest.mark.parametrize("path", sorted(CAPTIONS.glob("*.rst")), ids=lambda path: path.stem)
def test_a_caption_quotes_the_configuration_and_is_valid(path, trial):
    config = trial.make_config().model_dump(mode="json")
    snakemake = SimpleNamespace(
        config=config,
        params=SimpleNamespace(asked={"told": {"config": config}}),
    )
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    text = environment.from_string(path.read_text(encoding="utf-8")).render(snakemake=snakemake)
    assert len(text.split()) > 20
    assert "{" not in text
    publish_doctree(text, settings_overrides={"halt_level": Reporter.WARNING_LEVEL})


def test_every_figure_has_a_caption():
    assert set(FIGURES) <= {path.stem for path in CAPTIONS.glob("*.rst")}
