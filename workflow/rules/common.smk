"""What every stage asks of the configuration and the sheets; no rules."""

import os
import sys
from dataclasses import asdict
from functools import cache
from pathlib import Path

import gadless
from gadless.errors import InputError
from gadless.provenance import code_version, fingerprint, versions
from gadless.response.censoring import load_censoring
from gadless.response.criteria_table import criteria_of
from gadless.response.described import resolved
from gadless.trial.columns import SEQUENCES
from gadless.trial.config import check_keys, read_config
from gadless.trial.lock import decisive, lock_path, lock_status
from gadless.trial.plan import Plan, table_hash
from gadless.trial.sheets import absent_sheets, no_trial, read_scans, read_trial

# Every convolution frees large buffers and asks for them again. Where the C library keeps them
# instead of handing them to the kernel, image jobs take a sixth less time (docs/benchmarks.md).
for variable in ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"):
    os.environ.setdefault(variable, str(2**32))

try:
    # Snakemake has read the files by now, and took the last of what stands twice.
    check_keys(workflow.configfiles)
    CONFIG = read_config(config)
    # Criteria and censoring are response's own, but a wrong name must not wait for imaging.
    criteria_of(CONFIG.response, CONFIG.readings)
    load_censoring(CONFIG.endpoint)
    RESULTS = CONFIG.results.rstrip("/")
    # What rules make may be named in a sheet before it exists.
    PHANTOM = Path(RESULTS, "phantom")
    # The plan and its lock come before the data: there, sheets need not exist yet. What is asked for
    # is known here from the command line alone; a job that needs sheets still says that it does.
    BEFORE_DATA = {"plan", "lock"} & {Path(word.strip(":")).stem for word in sys.argv}
    ABSENT = absent_sheets(CONFIG) if BEFORE_DATA else []
    TRIAL = no_trial() if ABSENT else read_trial(CONFIG, made=PHANTOM)
except InputError as error:
    raise WorkflowError(str(error)) from None


SCRIPTS = Path(workflow.basedir, "workflow", "scripts")
SHIPPED = Path(gadless.__file__).parent / "networks" / "shipped"
MEASURED_HERE = CONFIG.measurements is None
FIGURES = (
    *("flow", "volume_agreement", "response_concordance", "swimmer"),
    *("km_contrasts", "km_arms", "incidence", "forest_surrogate", "forest_treatment"),
    "equivalence",
)


@cache
def plan(folder):
    """The plan of the trial, or of the cohort that networks learn from."""
    content = CONFIG.preprocess.fingerprint == "content"
    if folder == RESULTS:
        return Plan(TRIAL, PHANTOM, content=content)
    sheets = CONFIG.training
    return Plan(
        read_scans(sheets.patients, sheets.visits, PHANTOM), PHANTOM, content=content
    )


@cache
def version(script):
    """Hash of the code that a rule's script reaches."""
    return code_version(SCRIPTS / script)


def tracked(path, made):
    """A user's file is followed by its fingerprint, one that a rule makes by Snakemake."""
    return path if made else ancient(path)


def settings(*sections):
    """The parts of the configuration that a trial job uses, and nothing else."""
    whole = CONFIG.model_dump(mode="json")
    always = (
        *("name", "patients", "visits", "measurements"),
        *("reference", "candidates", "repeat"),
    )
    # Names alone: what a network's weights are is no concern of a trial job.
    networks = {name: {} for name in CONFIG.networks}
    return {key: whole[key] for key in (*always, *sections)} | {"networks": networks}


def settings_of_sheets():
    """What reading the sheets takes from the configuration: which columns it names."""
    statistics = CONFIG.statistics.model_dump(mode="json")
    named = ("covariates", "strata", "categories")
    return settings("results") | {"statistics": {key: statistics[key] for key in named}}


def sheets_hash(w):
    """Content of the sheets as far as trial jobs use it: all but the scans' paths."""
    if ABSENT:
        raise WorkflowError("\n".join(ABSENT))
    tables = (TRIAL.patients, TRIAL.visits, TRIAL.measurements, TRIAL.unused)
    return [
        table_hash(table, without=SEQUENCES) for table in tables if table is not None
    ]


def status(folder, patient, visit, stage):
    """Manifest of one image stage for one visit."""
    return f"{folder}/visits/{patient}/{visit}/{stage}/status.json"


def inputs_of_preprocess(w):
    """The visit's own scans, and the visit whose space it is registered to."""
    visits = plan(w.folder)
    inputs = {
        sequence: tracked(path, visits.is_made(path))
        for sequence, path in visits.scans(w.patient, w.visit).items()
    }
    anchor = visits.anchor(w.patient, w.visit)
    if anchor:
        inputs["anchor"] = status(w.folder, w.patient, anchor, "preprocessed")
    return inputs


def fingerprints_of_visit(w):
    return plan(w.folder).fingerprints(w.patient, w.visit)


def preprocess_settings(w):
    """Networks learn on a grid of their own; all else is as in the trial."""
    chosen = CONFIG.preprocess.model_dump(mode="json", exclude={"fingerprint"})
    if w.folder != RESULTS:
        chosen["spacing_mm"] = CONFIG.training.spacing_mm
    return chosen


def is_trained_here(path):
    """Whether the workflow's own training makes these weights."""
    return path.startswith(f"{RESULTS}/training/")


def weights(name):
    """The weights file of a network as an input; the shipped ones are part of the code."""
    named = CONFIG.networks[name].weights
    return tracked(named, is_trained_here(named)) if named else []


def network(name):
    """Where a network's weights lie, and their checksum where Snakemake does not follow them."""
    named = CONFIG.networks[name].weights
    if named and is_trained_here(named):
        return {"weights": named, "version": "made"}
    file = named or SHIPPED / f"{name}.safetensors"
    return {"weights": named, "version": fingerprint(file, content=True)}


def networks():
    """The networks that the trial uses: none where tumours were measured elsewhere."""
    return (*CONFIG.candidates, "segmenter") if MEASURED_HERE else ()


def generators():
    return {name: network(name) for name in networks() if name != "segmenter"}


def inputs_of_measure(w):
    """All image stages of all visits of a patient."""
    return [
        status(RESULTS, w.patient, visit, stage)
        for visit in plan(RESULTS).imaged(w.patient)
        for stage in ("preprocessed", "synthetic", "segmented")
    ]


def days_of_patient(w):
    return plan(RESULTS).days(w.patient)


def tables_of_patients(name):
    """One table of every patient, where tumours are measured here."""
    if not MEASURED_HERE:
        return []
    return [
        f"{RESULTS}/patients/{patient}/{name}.tsv" for patient in plan(RESULTS).patients
    ]


def segmented(w):
    """Manifests of every visit's last image stage, with the pictures that the report shows."""
    if not MEASURED_HERE:
        return []
    visits = plan(RESULTS)
    return [
        status(RESULTS, patient, visit, "segmented")
        for patient in visits.patients
        for visit in visits.imaged(patient)
    ]


def training_visits():
    """Patient and visit of every exam that networks learn from."""
    visits = plan(f"{RESULTS}/training")
    return [
        (patient, visit)
        for patient in visits.patients
        for visit in visits.imaged(patient)
    ]


def inputs_of_train(w):
    folder = f"{RESULTS}/training"
    return {
        "exams": [
            status(folder, *visit, "preprocessed") for visit in training_visits()
        ],
        "truths": [
            f"{RESULTS}/phantom/training/{patient}/{visit}/truth.nii.gz"
            for patient, visit in training_visits()
        ],
    }


def recipe(w):
    """How one network is trained."""
    recipes = CONFIG.training.recipes
    if w.network not in recipes:
        known = ", ".join(sorted(recipes))
        raise WorkflowError(
            f"no recipe for network {w.network!r} in `training`; there are: {known}"
        )
    return recipes[w.network].model_dump(mode="json")


def training_settings():
    return CONFIG.training.model_dump(mode="json", exclude={"recipes"})


def tables_of_report(w):
    names = (
        *(
            "patients",
            "visits",
            "measurements",
            "lesions",
            "image_metrics",
            "quality",
            "flow",
        ),
        *("response", "best_response", "criteria", "endpoints", "endpoint_checks"),
        *("agreement", "survival", "km", "paired_volumes", "confusion", "evaluability"),
    )
    return {name: f"{RESULTS}/trial/{name}.tsv" for name in names}


def decided():
    """Every value that decides the answer, as it is locked."""
    rules = resolved(CONFIG)
    if MEASURED_HERE:
        used = (*CONFIG.candidates, "segmenter")
        rules["weights"] = {name: network(name)["version"] for name in used}
    return decisive(CONFIG, rules)


LOCK = lock_path(CONFIG, workflow.configfiles)


def lock_standing():
    """Where the configuration stands with its lock, as a job is told."""
    try:
        return asdict(lock_status(decided(), LOCK))
    except InputError as error:
        raise WorkflowError(str(error)) from None


def provenance(w):
    """What the report's methods say about the software and the networks."""
    return {
        "versions": versions(
            "gadless", "snakemake", "torch", "SimpleITK", "lifelines", "pandas"
        ),
        "weights": {name: network(name)["version"] for name in networks()},
        "sheets": sheets_hash(w),
    }
