"""Rules of ours under names that an importer gave them."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gadless.errors import InputError
from gadless.jobs.place import RULES, Place, place_of

ROOT = Path(__file__).parents[2]


def workflow(folder: Path | str, **modifier: Any) -> Any:
    paths = SimpleNamespace(prefix=None, _prefix_replacements=None)
    given = {
        "is_main_snakefile": lambda: True,
        "modify_rulename": str,
        "path_modifier": paths,
        "parent_modifier": None,
        **modifier,
    }
    here = SimpleNamespace(get_path_or_uri=lambda secret_free: str(folder))
    return SimpleNamespace(
        modifier=SimpleNamespace(**given), current_basedir=here, configfiles=["my.yaml"]
    )


def test_every_rule_is_known():
    files = [ROOT / "Snakefile", *(ROOT / "workflow" / "rules").glob("*.smk")]
    named = [rule for file in files for rule in re.findall(r"^rule (\w+):", file.read_text(), re.M)]
    assert sorted(named) == sorted(RULES)


def test_names_of_an_importer_are_ours(tmp_path):
    rules = tmp_path / "workflow" / "rules"
    rules.mkdir(parents=True)
    place = place_of(
        workflow(
            rules, is_main_snakefile=lambda: False, modify_rulename=lambda rule: f"gadless_{rule}"
        )
    )
    assert place.root == tmp_path
    assert place.imported
    assert place.configfiles == ()
    assert place.own_name("gadless_report") == "report"
    assert place.own_name("report") == "report"
    assert place.own_name("ours") == "ours"
    assert place_of(workflow(rules)) == Place(tmp_path, configfiles=["my.yaml"])


def test_an_importer_keeps_what_it_does_itself(tmp_path):
    said = []
    theirs = SimpleNamespace(_onstart=lambda log: said.append(f"theirs {log}"))
    hooks = {"onstart": lambda: said.append("ours")}
    Place(tmp_path).hook(theirs, hooks)
    theirs._onstart("log")
    assert said == ["theirs log"]
    Place(tmp_path, imported=True).hook(theirs, hooks)
    theirs._onstart("log")
    assert said[1:] == ["ours", "theirs log"]


def test_a_module_from_elsewhere_is_refused():
    with pytest.raises(InputError, match="clone Gadless"):
        place_of(workflow("https://example.org/gadless/raw/main/workflow/rules"))
