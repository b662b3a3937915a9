from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest
from docutils.core import publish_doctree
from docutils.utils import Reporter

from gadless.report.figures.registry import FIGURES

CAPTIONS = Path(__file__).parents[2] / "workflow" / "report"


OF_TABLES = ("agreement", "endpoints", "response", "sparing_table", "survival")


def rendered(name, config):
    snakemake = SimpleNamespace(
        config=config,
        params=SimpleNamespace(asked={"told": {"config": config}}),
    )
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    text = (CAPTIONS / f"{name}.rst").read_text(encoding="utf-8")
    return environment.from_string(text).render(snakemake=snakemake)


def told(name, config):
    return " ".join(rendered(name, config).split())


@pytest.mark.parametrize("path", sorted(CAPTIONS.glob("*.rst")), ids=lambda path: path.stem)
def test_a_caption_quotes_the_configuration_and_is_valid(path, trial):
    config = trial.make_config().model_dump(mode="json")
    if path.stem in OF_TABLES:
        # Jobs that make tables are told no label: a new one changes no number.
        del config["labels"]
    text = rendered(path.stem, config)
    assert len(text.split()) > 20
    assert "{" not in text
    publish_doctree(text, settings_overrides={"halt_level": Reporter.WARNING_LEVEL})


def test_every_figure_has_a_caption():
    assert set(FIGURES) <= {path.stem for path in CAPTIONS.glob("*.rst")}


def test_the_margins_level_and_sides_are_those_that_were_used(trial):
    config = trial.make_config().model_dump(mode="json")
    config["statistics"] |= {"alpha": 0.01, "equivalence_alpha": 0.05}
    assert "with its 90% interval" in rendered("equivalence", config)
    assert "20% either way" in rendered("volume_agreement", config)
    config["statistics"]["noninferiority"] = {"volume_bias_percent": "upper"}
    assert "20% on one side" in rendered("volume_agreement", config)
    assert "hazard ratios inside 0.8 to 1.25;" in told("forest_treatment", config)
    config["statistics"]["noninferiority"] = {"hazard_ratio": "upper"}
    assert "hazard ratios below 1.25;" in told("forest_treatment", config)
    config["statistics"]["noninferiority"] = {"hazard_ratio": "lower"}
    assert "hazard ratios above 0.8;" in told("forest_treatment", config)


def test_words_of_a_caption_do_not_run_into_each_other(trial):
    config = trial.make_config().model_dump(mode="json")
    labels = [config["labels"][name] for name in config["candidates"]]
    assert f"{' and '.join(labels)} against" in " ".join(rendered("page", config).split())
    assert f"{' and '.join(labels)} in the same" in " ".join(rendered("workflow", config).split())


def test_the_interval_of_visits_is_the_one_that_was_used(trial):
    config = trial.make_config().model_dump(mode="json")
    assert "planned interval of visits 42 days" in told("endpoints", config)
    config["endpoint"]["schedule"] = [{"until_day": None, "interval_days": 56}]
    assert "planned intervals of visits by period)" in told("endpoints", config)
    assert "42" not in told("endpoints", config)
