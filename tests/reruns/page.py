# ruff: noqa: E501 - lines of a page
"""The table of changes as a page: ``python tests/reruns/page.py`` writes ``docs/reruns.md``.

A test fails when the page has drifted from the table, or README says what is not in it.
"""

from pathlib import Path

from row import IMAGES, TRIAL, Row
from table import TABLE

PAGE = Path(__file__).parents[2] / "docs" / "reruns.md"

HEAD = """# What reruns what

Written by `python tests/reruns/page.py` from the table that the tests run; do not edit.

What a result was made from stands beside it, in `results/records` (docs/design.md), and decides what runs. Every row holds

- where Snakemake's own records (`.snakemake`) are there,
- where they were lost, or cut off,
- where the whole folder was copied to another place, and no time of change was kept (`cp -r`).

`tests/reruns/test_rerun_counts.py` makes each change in each situation in a small trial (patient P001 with two visits, P002 with one) and counts the jobs that `snakemake -n` plans.
`tests/reruns/test_rerun_results.py` runs them, and compares every file with those of a run from scratch; what the sheets no longer name is left for `gadless prune`.
`make test` counts each row in one situation; `make test-all` does the rest.
"""

TAIL = """
## What to know

- A scan is the same if it has the size and the time of change that it had, or else the same content. One that was replaced by another of the same size *and* time is noticed with `preprocess.fingerprint: content`, which reads all scans at every start.
- A result of the trial (`results/trial`, `results/report`, `results/cdisc`) that was edited is noticed at the start, by its checksum. Of an image or a patient's table, the start looks at the size; its content is compared when it is read, and one that differs is an error that names the file. `gadless verify` compares all.
- `-R`, `-f`, `-F`, targets and `--until` mean what they always do. `--touch` makes nothing fresh.
- Gadless's own code counts, whatever Python runs it. Another version of a package reruns nothing but the report, which names them; to run everything with it: `snakemake --cores all -F`.
- Results of another trial, or of another working folder that is still there, are refused, and both are named. A folder of results without any records is of an older Gadless, and is refused as well.
"""


def page() -> str:
    """Return the page as text."""
    parts = [HEAD]
    for title, rows in TABLE.items():
        parts += [f"\n## {title}\n\n| change | what runs | jobs |\n| --- | --- | --- |\n"]
        parts += [f"| {row.change} | {row.runs} | {counted(row)} |\n" for row in rows]
    return "".join([*parts, TAIL])


def counted(row: Row) -> str:
    """Return the jobs of a row in words, in the order in which they run."""
    if set(TRIAL) <= row.jobs.keys():
        trial = [f"all {len(TRIAL)} of the trial"]
    else:
        trial = [f"`{rule}`" for rule in TRIAL if rule in row.jobs]
    others = [f"{row.jobs[rule]} `{rule}`" for rule in (*IMAGES, "measure") if rule in row.jobs]
    return ", ".join([*others, *trial]) or "none"


def readme() -> list[str]:
    """Return the rows that README's table has."""
    return [
        f"| {row.change} | {row.runs} |" for rows in TABLE.values() for row in rows if row.readme
    ]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
