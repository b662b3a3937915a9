"""Measure one patient: all visits, all contrasts."""

from pathlib import Path

from gadless.measurement.flow import flow_of_visits, quality_of_visits
from gadless.measurement.measure import measure_patient
from gadless.measurement.visit import read_visits
from gadless.tables import write_table
from gadless.task import started
from gadless.trial.config import Measurement

with started(snakemake) as task:
    patient, contrasts = snakemake.wildcards.patient, task.told["contrasts"]
    folder = Path(snakemake.output.measurements).parents[2]
    visits = read_visits(patient, task.told["days"], folder)
    measured = measure_patient(patient, visits, contrasts, Measurement(**task.told["settings"]))
    tables = {
        "measurements": measured.measurements,
        "lesions": measured.lesions,
        "image_metrics": measured.image_metrics,
        "quality": quality_of_visits(patient, visits),
        "flow": flow_of_visits(patient, visits, contrasts, contrasts[0]),
    }
    for name, table in tables.items():
        write_table(table, snakemake.output[name])
