"""Nothing that identifies a person reaches what is kept of a trial."""

import gzip
import re

import pydicom
import pytest
from archive import FLAIR, T1, T1C, T2, Patient, Study, head

# In every element of text, in private ones, in names of folders and files.
PLANTED = ("Zymurgy", "Quagmire", "ACC998877", "MRN445566", "19530217", "1953-02-17", "Xanadu")
DATES = ("20200305", "2020-03-05", "20200501", "2020-05-01", "05.03.2020")
MORE = {
    "AccessionNumber": "ACC998877",
    "StudyDescription": "MRT Zymurgy",
    "InstitutionName": "Xanadu Hospital",
    "InstitutionAddress": "Quagmire Street 1",
    "ReferringPhysicianName": "Quagmire^Dr",
    "OperatorsName": "Quagmire",
    "PatientComments": "Zymurgy",
    "ImageComments": "Zymurgy born 1953-02-17",
    "ProtocolName": "Zymurgy protocol",
    "StationName": "Xanadu",
    "OtherPatientIDs": "MRN445566",
    "PatientAddress": "Quagmire",
    "RequestedProcedureDescription": "Quagmire",
    "ContrastBolusAgent": "Gadovist Dr Quagmire",
    "BodyPartExamined": "ZYMURGY",
    "StudyID": "MRN445566",
    "PerformedProcedureStepDescription": "Zymurgy",
    "DeviceSerialNumber": "MRN445566",
}


@pytest.fixture
def delivery(run):
    patient = Patient("MRN445566", "Zymurgy^Quagmire", "19530217", more=MORE)
    folder = run.archive / "Zymurgy_Quagmire_19530217"
    for date in ("20200305", "20200501"):
        study = Study(patient, date=date)
        for tags in (T1, T2, FLAIR, T1C):
            named = {**tags, "SeriesDescription": f"{tags['SeriesDescription']} Zymurgy 1953"}
            files = study.scan(folder / date, named, head())
            for number, file in enumerate(files):
                data = pydicom.dcmread(file)
                block = data.private_block(0x0029, "XANADU QUAGMIRE", create=True)
                block.add_new(0x10, "LT", "Zymurgy Quagmire MRN445566")
                data.save_as(folder / date / f"Quagmire-{study.series}-{number}.dcm")
                file.unlink()
        study.scan(folder / date, {"SeriesDescription": "Quagmire Zymurgy"}, head())
        study.scan(folder / date, {**T1, "SeriesDescription": "T1 Quagmire"}, left_out=(3,))
    (folder / "Zymurgy.txt").write_text("Quagmire")
    (folder / "Zymurgy.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"Quagmire")
    return run


def found_in(content: bytes, words) -> list[str]:
    return [word for word in words if re.search(word.encode(), content, re.IGNORECASE)]


def everything(folder):
    for path in sorted(folder.rglob("*")):
        yield str(path.relative_to(folder)), str(path.relative_to(folder)).encode()
        if path.is_file():
            content = path.read_bytes()
            yield path.name, content
            if path.suffix == ".gz":
                yield path.name, gzip.decompress(content)


def test_what_was_planted_is_in_no_file_and_no_word(delivery):
    told = delivery.sheets("--all")
    uids = {
        str(uid)
        for file in (delivery.archive).rglob("Quagmire-*.dcm")
        for data in [pydicom.dcmread(file, stop_before_pixels=True)]
        for uid in (data.StudyInstanceUID, data.SeriesInstanceUID, data.SOPInstanceUID)
    }
    words = (*PLANTED, *DATES, *map(re.escape, uids))
    for name, content in everything(delivery.trial):
        assert not found_in(content, words), name
    assert not found_in(told.replace(str(delivery.trial.parent), "").encode(), words)
    # It was there to be found.
    key = b"".join(path.read_bytes() for path in delivery.private.iterdir())
    assert set(found_in(key, words)) >= {"Zymurgy", "MRN445566", "2020-03-05"}
    assert delivery.table("visits.tsv")["day"].tolist() == ["0", "57"]


def test_faults_do_not_repeat_what_headers_say(delivery):
    """Nor where a run ends with an error."""
    told = delivery.sheets("--keep-ids")
    assert "MRN445566" in (delivery.trial / "patients.tsv").read_text()
    assert not found_in(told.encode(), ("Zymurgy", "Quagmire", "19530217"))


def test_warnings_of_libraries_do_not_quote_values(delivery, recwarn, caplog):
    delivery.sheets()
    said = " ".join(str(one.message) for one in recwarn) + caplog.text
    assert not found_in(said.encode(), PLANTED)
