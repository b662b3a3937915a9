from gadless.report.results import Results
from gadless.report.stages import as_table, boxes


def box(found, stage, contrast=None):
    return next(box for box in found if (box.stage, box.contrast) == (stage, contrast))


def test_counts_and_reasons_add_up(write_tables, config):
    found = boxes(Results(config, write_tables()))
    listed = box(found, "listed")
    assert (listed.patients, listed.visits) == (12, 48)
    preprocessed = box(found, "preprocessed")
    assert preprocessed.visits + sum(stop.visits for stop in preprocessed.stops) == listed.visits
    assert [stop.reason for stop in preprocessed.stops] == ["FLAIR: file is truncated"]
    reference = box(found, "evaluable", "gbca")
    assert (reference.visits, reference.stops[0].visits) == (45, 2)
    assert box(found, "evaluable", "cgan").stops == ()


def test_a_patient_without_a_visit_is_listed_and_stops(write_tables, trial, config):
    rows = [
        *trial.flow(),
        {
            "patient": "P99",
            "stage": "listed",
            "outcome": "stopped",
            "reason": "no visit in the sheet",
        },
    ]
    listed = box(boxes(Results(config, write_tables(flow=rows))), "listed")
    assert (listed.patients, listed.visits) == (13, 48)
    assert (listed.stops[0].patients, listed.stops[0].visits) == (1, 0)


def test_patients_with_and_without_a_baseline_are_all_of_them(write_tables, trial, config):
    rows = [row for row in trial.response() if row["patient"] != "P03"]
    for row in rows:
        if row["patient"] in ("P01", "P02"):
            row["rule"] = "no baseline; no evaluable visit"
    found = box(boxes(Results(config, write_tables(response=rows))), "baseline", "cgan")
    stops = {stop.reason: stop.patients for stop in found.stops}
    assert stops == {"no baseline (no evaluable visit)": 2, "no visit": 1}
    assert found.patients == 9


def test_without_a_flow_the_statistics_counts_are_shown(write_tables, config):
    found = boxes(Results(config, write_tables(flow=None)))
    assert box(found, "listed").patients == 12
    assert box(found, "measured", "unet").visits == 46


def test_an_unknown_stage_comes_last_under_its_own_name(write_tables, trial, config):
    rows = [
        {"patient": "P01", "visit": "v0", "stage": "read_by_two", "outcome": "reached"},
        *trial.flow(),
    ]
    found = list(boxes(Results(config, write_tables(flow=rows))))
    titles = list(dict.fromkeys(item.title for item in found))
    assert titles.index("Read by two") == titles.index("Evaluable") + 1


def test_the_table_holds_every_count_of_the_figure(write_tables, config):
    found = boxes(Results(config, write_tables()))
    table = as_table(found)
    assert (table["outcome"] == "reached").sum() == len(found)
    assert (table["outcome"] == "stopped").sum() == sum(len(item.stops) for item in found)
