"""The data sets of a trial, and every file that they leave in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gadless.export.cdisc.analyses import Trial
from gadless.export.cdisc.dataset import Dataset
from gadless.export.cdisc.dataset_json import write_dataset_json
from gadless.export.cdisc.days import Calendar, visit_numbers
from gadless.export.cdisc.define import write_define
from gadless.export.cdisc.guide import Said, write_guide
from gadless.export.cdisc.parameters import Scheme
from gadless.export.cdisc.readings import rs
from gadless.export.cdisc.responses import adrs, unconfirmed
from gadless.export.cdisc.subjects import adsl
from gadless.export.cdisc.terms import categories, titles
from gadless.export.cdisc.times import adtte, responded
from gadless.export.cdisc.transport import write_transport
from gadless.export.cdisc.tumour_analyses import adtr
from gadless.export.cdisc.tumours import measured, tr, tu
from gadless.response.censoring import load_censoring
from gadless.response.courses import origins, seen
from gadless.response.rules import Rule
from gadless.trial.config import Config


@dataclass(frozen=True)
class Tables:
    """The trial's tables that data sets are made of, as ``results/trial`` holds them."""

    patients: pd.DataFrame
    visits: pd.DataFrame
    measurements: pd.DataFrame
    lesions: pd.DataFrame
    response: pd.DataFrame
    best_response: pd.DataFrame
    endpoints: pd.DataFrame


def export_cdisc(config: Config, tables: Tables, folder: Path) -> None:
    """Write ADSL, ADRS, ADTTE, ADTR, TU, TR and RS, what describes them, and a guide.

    Parameters
    ----------
    config : Config
        Name, reference, ``response``, ``endpoint`` and ``cdisc``.
    tables : Tables
        The first criteria set in its response is taken as primary.
    folder : Path
        Each data set as ``NAME.xpt`` (SAS transport, version 5) and ``NAME.json`` (Dataset-JSON
        1.1), ``define.xml`` and ``define-sdtm.xml`` (Define-XML 2.1), ``reviewers-guide.html``.

    Notes
    -----
    Study day 0 is randomisation in Gadless' tables; ``ADY`` follows CDISC, which has no day 0
    (randomisation is day 1). ``AVAL`` of ADTTE is the time in days as in ``endpoints.tsv``. An
    endpoint that is not known has no row. ``ANL01FL`` is Y on one record a subject and parameter
    of ADTTE and of best response, of what is seen by visit on one a subject, parameter and visit.
    Overall survival, which depends on no analysis, stands there once. The files state SAS' day 0
    (1 January 1960) as the time of their making, so that the same tables give the same bytes.
    """
    made = datasets(config, tables)
    for dataset in made:
        write_transport(dataset, folder / f"{dataset.name.lower()}.xpt")
        write_dataset_json(dataset, config.name, folder / f"{dataset.name.lower()}.json")
    write_define([one for one in made if one.is_analysis], config.name, folder / "define.xml")
    other = [one for one in made if not one.is_analysis]
    write_define(other, config.name, folder / "define-sdtm.xml")
    sets = tuple(tables.response["criteria"].astype(str).unique())
    said = Said(categories(sets, config.response), titles(sets, config.response))
    write_guide(config, made, said, folder / "reviewers-guide.html")


def datasets(config: Config, tables: Tables) -> list[Dataset]:
    """Make every data set.

    Parameters
    ----------
    config : Config
    tables : Tables
    """
    patients, response, origin = tables.patients, tables.response, config.endpoint.origin
    calendar = Calendar.of(patients, config.cdisc.reference_date)
    scheme = Scheme.of(response, config.reference, tuple(config.readings))
    seen_on = evaluable(config, tables, scheme)
    subjects = adsl(config.name, patients, calendar, _sites(tables.visits), seen_on, scheme)
    days = pd.concat([tables.visits, tables.measurements, response])
    trial = Trial(config.name, subjects, calendar, scheme, visit_numbers(days), config.repeat)
    readings = rs(trial, response, categories(scheme.criteria, config.response))
    results = measured(trial, tables.measurements, tables.lesions)
    best = tables.best_response
    other = unconfirmed(response, patients, config.response, config.endpoint)
    since = responded(patients, tables.endpoints, origin)
    responses = adrs(trial, response, best, other, since, readings, results)
    times = adtte(trial, patients, tables.endpoints, origin, responses)
    tumours = adtr(trial, response, results)
    seen_lesions = tu(trial, tables.lesions)
    return [subjects, responses, times, tumours, seen_lesions, tr(results), readings]


def evaluable(config: Config, tables: Tables, scheme: Scheme) -> dict[str, frozenset[str]]:
    """Patients with a visit at which progression could count, by contrast, on its own visits.

    Notes
    -----
    As the statistics count ``patients_assessed``: not before time begins to count, and by the
    censoring rules neither contacts without an image nor visits under a new therapy.
    """
    rows, sheet, censoring = tables.response, tables.patients, load_censoring(config.endpoint)
    rows = rows[rows["criteria"].isin(scheme.criteria[:1]) & (rows["analysis_set"] == "all")]
    who = rows["patient"].astype(str)
    begin = dict(zip(sheet["patient"].astype(str), origins(sheet, config.endpoint), strict=True))
    kept = rows["response"].notna() & (rows["response"] != "NE")
    kept &= ~rows["rule"].isin([Rule.BASELINE, Rule.BEFORE_BASELINE])
    kept &= rows["day"] >= who.map(begin).astype("float64").fillna(-np.inf)
    if censoring.unseen_decline == "ignore":
        kept &= seen(rows)
    if censoring.new_therapy != "ignore" and "new_therapy_day" in sheet:
        started = sheet["new_therapy_day"].astype("float64")
        days = dict(zip(sheet["patient"].astype(str), started, strict=True))
        kept &= rows["day"] <= who.map(days).fillna(np.inf)
    return {
        contrast: frozenset(who[kept & (rows["contrast"] == contrast)])
        for contrast in scheme.contrasts
    }


def _sites(visits: pd.DataFrame) -> Mapping[str, str]:
    """Site of each patient's first visit that names one."""
    if "site" not in visits:
        return {}
    named = visits[visits["site"].notna()].sort_values("day", kind="stable")
    first = named.drop_duplicates("patient")
    return dict(zip(first["patient"].astype(str), first["site"].astype(str), strict=True))
