"""List the exams that networks learn from, and the fold of every patient."""

import gadless.swift  # noqa: F401 - before all else
from gadless.files import write_text
from gadless.jobs.exams import exams_table, folds_table
from gadless.task import started

with started(snakemake) as task:
    exams = exams_table(task.told["exams"], task.told["sets"])
    for table, path in (
        (exams, snakemake.output.exams),
        (folds_table(exams), snakemake.output.folds),
    ):
        write_text(table.to_csv(sep="\t", index=False, lineterminator="\n", quotechar="'"), path)
