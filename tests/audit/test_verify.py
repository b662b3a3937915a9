"""Every way in which results no longer match their records is found and named."""

import json
import os
import shutil

import pytest
from kept import exam, put

from gadless.audit.verify import WORDS, verify
from gadless.claim import Claim
from gadless.errors import InputError
from gadless.files import read_json, sha256, write_json

MASK = "visits/P001/V2/segmented/cgan.nii.gz"


def found(kept, **options):
    """Return what is found, by class, of the classes that hold anything."""
    return {name: lines for name, lines in verify(kept, **options).findings.items() if lines}


def test_untouched_results_match(kept):
    verdict = verify(kept)
    assert verdict.matches
    assert not verdict.notes
    assert verdict.files == 3 * (3 + 2 + 3) + 2 * 3 + 2
    assert verdict.inputs == 1
    assert verdict.size > 0


def test_one_byte_of_one_image_is_found_and_named(kept):
    path = kept / MASK
    content, stat = bytearray(path.read_bytes()), path.stat()
    content[3] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert found(kept) == {"changed": [f"{MASK} (segment/P001/V2)"]}


def test_a_file_of_another_size_is_changed(kept):
    put(kept, MASK, "longer or shorter than it was")
    assert found(kept) == {"changed": [f"{MASK} (segment/P001/V2)"]}


def test_a_file_that_is_gone(kept):
    (kept / MASK).unlink()
    assert found(kept) == {"missing": [f"{MASK} (segment/P001/V2)"]}


@pytest.mark.parametrize("mark", ["dropped", "pruned"])
def test_a_file_that_went_on_purpose_is_not_missing(kept, mark):
    path = kept / "records/segment/P001/V2.json"
    content = read_json(path)
    content["made"][MASK][mark] = True
    write_json(content, path)
    (kept / MASK).unlink()
    assert found(kept) == {"records": ["record of segment/P001/V2: is not that of the last run"]}


def test_a_file_that_nobody_recorded(kept):
    put(kept, "trial/extra.tsv", "mine\n")
    put(kept, "visits/P001/V1/segmented/.writing-x.nii.gz", "half")
    put(kept, "notes.txt", "mine\n")
    assert found(kept) == {
        "unrecorded": [
            "notes.txt",
            "trial/extra.tsv",
            "visits/P001/V1/segmented/.writing-x.nii.gz",
        ]
    }


def test_logs_and_benchmarks_have_no_record(kept):
    put(kept, "logs/x/more.log", "x")
    put(kept, "benchmarks/report.tsv", "x")
    put(kept, ".contents.json", "{}")
    put(kept, ".headers.json", "{}")
    assert not found(kept)


def test_a_changed_input_and_one_that_is_gone(kept):
    scan = kept.parent / "scans/t1.nii.gz"
    line = "../scripts/../scans/t1.nii.gz (t1)"
    scan.write_text("b scan")
    assert found(kept) == {"inputs_changed": [line]}
    scan.unlink()
    assert found(kept) == {"inputs_missing": [line]}
    assert not found(kept, inputs=False)


def test_an_input_among_the_results_is_both(kept):
    path = kept / "provenance.json"
    content = read_json(path)
    made = read_json(kept / "records/segment/P001/V2.json")["made"][MASK]
    content["inputs"] = [{"record": "", "role": "weights", "path": MASK, **made}]
    write_json(content, path)
    crate = {"@id": "provenance.json", "sha256": sha256(path)}
    (kept / "ro-crate-metadata.json").write_text(json.dumps({"@graph": [crate]}))
    size = (kept / MASK).stat().st_size
    put(kept, MASK, "x" * size)
    assert sorted(found(kept)) == ["changed", "inputs_changed"]


def test_a_record_that_was_edited_damaged_or_is_gone(kept):
    edited = kept / "records/segment/P001/V1.json"
    edited.write_text(edited.read_text().replace('"1"', '"2"').replace("cgan", "cgam", 1))
    (kept / "records/measure/P001.json").write_text('{"format": 1, "rule"')
    (kept / "records/statistics.json").unlink()
    lines = found(kept)["records"]
    assert lines == [
        "record of segment/P001/V1: is not that of the last run",
        "record of statistics: is gone",
        "records/measure/P001.json: damaged; run the workflow again",
    ]
    # What a lost record had made is nobody's.
    assert "trial/survival.tsv" in found(kept)["unrecorded"]


def test_a_record_that_names_a_file_elsewhere_is_damaged(kept):
    path = kept / "records/measure/P001.json"
    content = read_json(path)
    content["made"]["../scans/t1.nii.gz"] = {"size": 6, "sha256": "0"}
    write_json(content, path)
    assert "records/measure/P001.json: damaged; run the workflow again" in found(kept)["records"]


def test_provenance_that_is_gone_damaged_or_edited(kept):
    path = kept / "provenance.json"
    whole = path.read_text()
    path.write_text(whole.replace("preprocess/P001/V1", "preprocess/P001/V9"))
    assert "is not the file that" in found(kept)["records"][0]
    path.write_text(whole[:-20])
    assert "provenance.json" in found(kept)["records"][0]
    path.unlink()
    assert found(kept)["records"] == ["provenance.json: is missing; run the workflow again"]


def test_a_job_at_work_is_told(kept):
    Claim.take(kept / "records/measure/P001.json", "mark")
    lines = found(kept)["records"]
    assert "records/measure/P001.json: a job has begun and not ended" in lines


def test_a_visit_that_is_no_longer_named_is_a_note(kept):
    exam(kept, "P009", "V1")
    verdict = verify(kept)
    assert verdict.matches
    assert "3 records" in verdict.notes[0]
    assert "gadless prune" in verdict.notes[0]


def test_results_of_another_trial_within_are_none_of_these(kept, tmp_path):
    shutil.copytree(kept, tmp_path / "other")
    shutil.move(tmp_path / "other", kept / "other")
    (kept / "other" / MASK).write_text("whatever")
    assert not found(kept)


def test_a_folder_that_was_moved_with_its_scans_matches(kept, tmp_path):
    moved = tmp_path / "elsewhere" / "study"
    moved.mkdir(parents=True)
    for name in ("results", "scans", "scripts"):
        shutil.move(tmp_path / name, moved / name)
    assert verify(moved / "results").matches


@pytest.mark.parametrize("cores", [1, 3])
def test_any_number_of_cores_finds_the_same(kept, cores):
    for name in ("gbca", "cgan"):
        put(kept, f"visits/P001/V1/segmented/{name}.nii.gz", "other")
    done = []
    verdict = verify(kept, workers=cores, progress=lambda now, whole: done.append((now, whole)))
    assert len(verdict.findings["changed"]) == 2
    assert done[-1][0] == done[-1][1]


def test_no_results_is_an_error(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        verify(tmp_path / "none")
    with pytest.raises(InputError, match="holds no records"):
        verify(tmp_path)


def test_every_class_has_words():
    assert all(WORDS.values())
