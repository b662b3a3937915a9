"""Measure one patient, all visits, all contrasts; and draw the visits."""

from functools import partial
from pathlib import Path

import gadless.swift  # noqa: F401 - before all else
from gadless.measurement.dropped import drop_images
from gadless.measurement.figures import figures_of_visits
from gadless.measurement.flow import flow_of_visits
from gadless.measurement.measure import measure_patient
from gadless.measurement.panels import draw_panels
from gadless.measurement.viewer import FILE, write_view
from gadless.measurement.visit import read_visits
from gadless.tables import write_table
from gadless.task import started
from gadless.trial.config import Measurement, Sequence

with started(snakemake) as task:
    asked, patient = task.told, snakemake.wildcards.patient
    contrasts, imaged = asked["contrasts"], asked["imaged"]
    folder = Path(snakemake.output.measurements).parent
    results = folder.parents[1]
    visits = read_visits(patient, asked["days"], imaged, contrasts, results)
    measured = measure_patient(patient, visits, contrasts, Measurement(**asked["settings"]))
    sequences = {name: Sequence(**one) for name, one in asked["drawn"].items()}
    draw_panels(visits, imaged, contrasts, sequences, folder / "panels")
    write_view(visits, imaged, contrasts, measured.places, folder / FILE)
    tables = {
        "measurements": measured.measurements,
        "lesions": measured.lesions,
        "image_metrics": measured.image_metrics,
        "quality": figures_of_visits(patient, visits, contrasts),
        "flow": flow_of_visits(patient, visits, contrasts, contrasts[0]),
    }
    for name, table in tables.items():
        write_table(table, snakemake.output[name])
    if not asked["keep_images"]:
        # A measurement that is not on record needs them again.
        task.last.append(partial(drop_images, results, visits, asked["space"]))
