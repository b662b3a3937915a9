"""Codings: every named one is whole and sourced; one's own is checked."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gadless.errors import InputError
from gadless.trial.codings import OURS, coding, codings, meaning, table


@pytest.mark.parametrize("name", codings())
def test_a_named_coding_gives_our_labels_and_says_where_it_comes_from(name):
    one = codings()[name]
    assert one.labels == coding(name)
    assert one.labels[0] == 0
    assert set(one.labels.values()) <= set(OURS)
    assert 1 in one.labels.values(), "something is enhancing"
    assert set(one.meanings) == set(one.labels) - {0}
    assert one.certainty in ("verified", "secondary", "unverified")
    assert one.source
    for theirs, ours in one.labels.items():
        # A word of the meaning and our label speak of the same.
        said = one.meanings.get(theirs, "")
        if said.startswith(("enhancing", "contrast-enhancing")):
            assert ours == 1, said
        if "oedema" in said or "FLAIR" in said:
            assert ours == 2, said
        if "cavity" in said:
            assert ours == 0, said


def test_the_codings_that_trials_meet():
    assert coding("brats2021") == {0: 0, 1: 3, 2: 2, 4: 1}
    assert coding("brats2023") == {0: 0, 1: 3, 2: 2, 3: 1}
    assert coding("brats2024-posttreatment") == {0: 0, 1: 3, 2: 2, 3: 1, 4: 0}
    assert coding("hd-glio") == {0: 0, 1: 2, 2: 1, 3: 3}
    assert meaning("brats2024-posttreatment", 4) == "resection cavity (RC)"
    assert meaning({7: 1}, 7) == "label 7"


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(InputError, match="no coding 'brats'; there are: gadless, brats2021"):
        coding("brats")


@pytest.mark.parametrize("own", [{1: 4}, {1: -1}, {-1: 1}, {0: 1}, {}, {1: 0}, {1: True}, {1: 1.0}])
def test_a_mapping_that_cannot_be_one_is_refused(own):
    with pytest.raises(InputError):
        coding(own)


@given(st.dictionaries(st.integers(1, 255), st.integers(0, 3), min_size=1))
def test_any_mapping_to_our_labels_is_taken_as_it_is(own):
    if any(own.values()):
        assert coding(own) == {0: 0, **own}


def test_the_manual_has_the_table_of_codings():
    manual = (Path(__file__).parents[2] / "docs" / "brought.md").read_text()
    assert table() in manual
    assert all(one.note in manual for one in codings().values())
