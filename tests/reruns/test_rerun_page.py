"""The page and README say what the table says."""

from pathlib import Path

from page import PAGE, page, readme
from table import ROWS

README = Path(__file__).parents[2] / "README.md"


def test_the_page_is_what_the_table_says() -> None:
    advice = "run: python tests/reruns/page.py"
    assert PAGE.read_text(encoding="utf-8") == page(), advice


def test_readme_says_nothing_that_is_not_in_the_table() -> None:
    text = README.read_text(encoding="utf-8")
    section = text.split("### What reruns\n")[1].split("\n### ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    assert rows[2:] == readme()
    assert "(docs/reruns.md)" in section


def test_no_change_stands_twice() -> None:
    changes = [row.change for row in ROWS]
    assert len(changes) == len(set(changes))
