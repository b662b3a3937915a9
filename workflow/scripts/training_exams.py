"""List the exams that networks learn from, and the fold of every patient."""

from gadless.files import write_text
from gadless.jobs.exams import exams_table, folds_table
from gadless.logs import log_to

log_to(snakemake.log[0])
exams = exams_table(snakemake.params.exams, snakemake.params.sets)
for table, path in (
    (exams, snakemake.output.exams),
    (folds_table(exams), snakemake.output.folds),
):
    write_text(table.to_csv(sep="\t", index=False, lineterminator="\n", quotechar="'"), path)
