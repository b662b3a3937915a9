"""What series are taken for: headers of public scans, and traps."""

import pytest
from header_rows import rows, series_of, taken_for

from gadless.intake.classify import CONFIDENT, USED, judge, table
from gadless.intake.words import known_words

ROWS = rows()


def test_every_public_header_is_taken_for_what_it_is():
    wrong = [
        f"{row['row']} {row['description']}: {row['expected']}, not {taken_for(row).sequence}"
        for row in ROWS
        if taken_for(row).sequence != row["expected"]
    ]
    assert len(ROWS) >= 60
    assert not wrong


def test_rows_name_their_source_and_cover_vendors_and_sequences():
    assert all(row["source"] for row in ROWS)
    vendors = {series_of(row).head.vendor for row in ROWS}
    assert {"siemens", "ge", "philips", "canon"} <= vendors
    assert set(USED) <= {row["expected"] for row in ROWS}


@pytest.mark.parametrize("wanted", ["t1", "t2", "flair"])
def test_without_a_description_numbers_alone_are_enough(wanted):
    """A site may have emptied descriptions because they are free text."""
    numbered = [row for row in ROWS if row["expected"] == wanted and row["te"] and row["scanning"]]
    bare = [{**row, "description": "", "protocol": "", "pulse": ""} for row in numbered]
    found = [taken_for(row).sequence for row in bare]
    assert len(found) > 5
    # None is taken for another of the four; what is not known is said to be so.
    assert set(found) <= {wanted, "unsure"}
    assert found.count(wanted) > 0.8 * len(found)


@pytest.mark.parametrize(
    ("description", "numbers", "expected"),
    [
        # T1 FLAIR and dark-fluid T1 are no FLAIR.
        ("Ax T1 FLAIR PROPELLER", {"te": "60", "tr": "2500", "ti": "900"}, "t1"),
        ("t1_tirm_tra_dark-fluid", {"te": "12", "tr": "2000", "ti": "860"}, "t1"),
        ("t2_tirm_cor_fs", {"te": "40", "tr": "4500", "ti": "160"}, "stir"),
        # What a description says and its numbers contradict is for a person to look at.
        ("T1 post", {"te": "110", "tr": "9000", "ti": "2500", "scanning": "SE\\IR"}, "unsure"),
        ("FLAIR", {"te": "10", "tr": "500", "scanning": "SE"}, "unsure"),
        # Words within words.
        ("post op T1 sag", {}, "t1"),
        ("T1 posterior fossa", {}, "t1"),
        ("T1 pre contrast", {}, "t1"),
        ("T1 without contrast", {}, "t1"),
        ("T1 non-contrast", {}, "t1"),
        ("T1 nativ", {}, "t1"),
        ("T1 nach KM", {}, "t1c"),
        ("AXT1POST", {}, "t1c"),
        ("T1W_SE_GD_CLEAR", {}, "t1c"),
        ("t1_gd", {}, "t1c"),
        ("t1_postcontrast", {}, "t1c"),
        ("T1 ohne KM", {}, "t1"),
        ("T1 vor KM", {}, "t1"),
        ("T1 pre mdc", {}, "t1"),
        ("T1 dopo mdc", {}, "t1c"),
        ("T1 sin contraste", {}, "t1"),
        ("T1 con contraste", {}, "t1c"),
        ("T1 sans gado", {}, "t1"),
        ("T1 gado", {}, "t1c"),
        ("T1 without fat sat", {}, "t1"),
        ("IV_t1_tse_sag 24 cm", {}, "t1"),
        ("T1 unenhanced", {}, "t1"),
        ("Ax T1 +C", {}, "t1c"),
        ("MoCo MPRAGE", {}, "t1"),
        ("T1 SUB post-pre", {}, "derived"),
        ("T1 sag spine", {}, "other"),
    ],
)
def test_traps(description, numbers, expected):
    row = {**dict.fromkeys(ROWS[0], ""), "description": description, **numbers}
    assert taken_for(row).sequence == expected


def test_the_protocol_of_a_whole_exam_says_nothing_of_one_series():
    """GE names the exam's protocol in every series: `BRAIN W/WO CONTRAST`."""
    row = {**dict.fromkeys(ROWS[0], ""), "description": "Ax 3D", "protocol": "T1 WITH CONTRAST"}
    assert "post" in judge(series_of(row)).words
    assert judge(series_of({**row, "vendor": "GE MEDICAL SYSTEMS"})).words == ("axial", "3d")


def test_words_hold_nothing_but_words_of_the_table():
    words = known_words(["T1 post DOE JOHN 12.03.1950 MRN4711 Dr. Miller"])
    assert set(words) <= set(table()["words"])
    assert words == ("t1", "post")


def test_every_rule_can_be_read():
    known = {*USED[:3], "localiser", "calibration", "derived", "phase", "other"}
    for rule in table()["rules"]:
        assert rule["reason"]
        assert rule["weight"] > 0
        assert rule["for"] in known | {row["expected"] for row in ROWS} | {"dynamic", "stir"} | {
            *("cbv", "cbf", "tensor")
        }
        assert set(rule.get("words", [])) <= set(table()["words"])
        assert set(rule.get("without", [])) <= set(table()["words"])


def test_confidence_is_low_where_rules_contradict_each_other():
    row = {**dict.fromkeys(ROWS[0], ""), "description": "T1", "te": "110", "tr": "9000"}
    one = taken_for({**row, "ti": "2500", "scanning": "SE\\IR"})
    assert one.confidence < CONFIDENT
    assert one.reasons[0] in ("t1?", "flair?")
