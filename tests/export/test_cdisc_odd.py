"""Sheets that a transport file of version 5 could blur: long names, many candidates."""

from datetime import date

import pandas as pd
import pytest

from gadless.errors import InputError
from gadless.export.cdisc.days import Calendar
from gadless.export.cdisc.parameters import Scheme
from gadless.export.cdisc.subjects import adsl

LONG = "enrolment_status_at_the_randomisation_visit"


def made(arms=("A", "B"), scheme=None, **columns):
    people = pd.DataFrame({"patient": ["P1", "P2"], "arm": arms, **columns})
    calendar = Calendar.of(people, date(2000, 1, 1))
    return adsl("trial", people, calendar, scheme=scheme)


def test_labels_are_unlike_however_long_the_names():
    candidates = [f"a_candidate_whose_name_is_long_{n:02}" for n in range(12)]
    scheme = Scheme(("gbca", *candidates), ("rano2010",))
    subjects = made(scheme=scheme, **{f"{LONG}_1": [1, 2], f"{LONG}_2": [3, 4]})
    labels = list(subjects.labels.values())
    assert len(set(labels)) == len(labels)
    assert max(map(len, labels)) <= 40
    assert all(label.isascii() for label in labels)
    assert subjects.labels["EVALBFL"].startswith("EVALBFL: a_candidate")


def test_arms_that_would_become_one_are_refused():
    long = "a" * 200
    with pytest.raises(InputError, match="are one in a SAS"):
        made(arms=(f"{long}1", f"{long}2"))
    assert made(arms=(long, f"{long}2")).frame["TRT01P"].nunique() == 2
