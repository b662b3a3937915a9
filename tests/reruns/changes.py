"""Changes that people make to a trial: its sheets, scans, configuration, results, code."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd
from folder import SEQUENCES, SHIPPED, Folder

VISIT = {"patient": "P001", "visit": "V2"}


def scan(patient: str, visit: str, sequence: str, folder: Folder) -> str:
    """Path of a scan, as the sheet names it."""
    (found,) = (folder.path / "scans" / patient / visit).glob(f"{sequence}.nii*")
    return found.relative_to(folder.path).as_posix()


def new_visit(folder: Folder, patient: str = "P001", visit: str = "V3", day: str = "81") -> None:
    visits = folder.sheet("visits")
    new = visits[visits["patient"] == "P001"].iloc[[-1]].copy()
    new[["patient", "visit", "day"]] = [patient, visit, day]
    for sequence in SEQUENCES:
        new[sequence] = scan("P001", "V3", sequence, folder)
    # At the head of the sheet: the order of rows does not matter.
    folder.write("visits", pd.concat([new, visits]))


def new_patient(folder: Folder) -> None:
    patients = folder.sheet("patients")
    new = patients[patients["patient"] == "P002"].copy()
    new["patient"] = "P009"
    folder.write("patients", pd.concat([patients, new]))
    new_visit(folder, "P009", "V1", "-14")


def without(folder: Folder, name: str, **of: str) -> None:
    sheet = folder.sheet(name)
    folder.write(name, sheet[(sheet[list(of)] != list(of.values())).any(axis=1)])


def without_patient(folder: Folder) -> None:
    for name in ("patients", "visits"):
        without(folder, name, patient="P002")


def replaced(folder: Folder, sequence: str = "flair", visit: str = "V2", age_s: float = 0) -> None:
    by = scan("P001", "V3", sequence, folder)
    folder.replace(scan("P001", visit, sequence, folder), by, age_s=age_s)


def touched(folder: Folder) -> None:
    for path in (folder.path / "scans").rglob("*.nii*"):
        os.utime(path)


def moved_scans(folder: Folder) -> None:
    (folder.path / "scans").rename(folder.path / "archive")
    visits = folder.sheet("visits")
    for sequence in SEQUENCES:
        visits[sequence] = visits[sequence].str.replace("scans/", "archive/")
    folder.write("visits", visits)


def withdrawn(folder: Folder, *sequences: str) -> None:
    for sequence in sequences:
        folder.set("visits", "", sequence, **VISIT)


def turned(folder: Folder) -> None:
    for path in folder.path.glob("*.tsv"):
        sheet = folder.sheet(path.stem)
        folder.write(path.stem, sheet.iloc[::-1, ::-1])


def commented(folder: Folder) -> None:
    for path in folder.path.glob("*.tsv"):
        sheet = folder.sheet(path.stem)
        folder.write(path.stem, sheet.assign(comment="to be asked", full_name="A. N. Other"))


def other_weights(folder: Folder) -> None:
    shutil.copy(SHIPPED / "unet.safetensors", folder.path / "other.safetensors")
    folder.configure(networks={"cgan": {"weights": "other.safetensors"}})


def moved_weights(folder: Folder) -> None:
    shutil.copy(SHIPPED / "cgan.safetensors", folder.path / "cgan.safetensors")
    folder.configure(networks={"cgan": {"weights": "cgan.safetensors"}})


def third_candidate(folder: Folder) -> None:
    shutil.copy(SHIPPED / "unet.safetensors", folder.path / "third.safetensors")
    folder.configure(
        networks={"third": {"weights": "third.safetensors"}}, candidates=["cgan", "unet", "third"]
    )


def bring(folder: Folder, sequence: str, column: str) -> None:
    """Name a file in the space of a visit's scans in a further column."""
    source = folder.path / scan("P001", "V2", sequence, folder)
    name = f"{column}{''.join(source.suffixes)}"
    shutil.copy(source, folder.path / name)
    folder.set("visits", name, column, **VISIT)


def their_mask(folder: Folder) -> None:
    folder.configure(labels_of={"gbca": "gadless"}, brought_missing={"gbca": "ours"})
    bring(folder, "truth", "mask_gbca")


def their_t1c(folder: Folder) -> None:
    folder.configure(brought_missing={"cgan": "ours"})
    bring(folder, "t1c", "t1c_cgan")


def further_sequence(folder: Folder) -> None:
    folder.configure(sequences={"adc": {"title": "ADC", "bias_field": False, "drawn": False}})
    # No copy of the T2, which would be refused as one image in two cells.
    name = f"adc{''.join(Path(scan('P001', 'V2', 't2', folder)).suffixes)}"
    image = nibabel.load(folder.path / scan("P001", "V2", "t2", folder))
    other = np.sqrt(np.asarray(image.dataobj, np.float32))
    nibabel.save(nibabel.Nifti1Image(other, image.affine), folder.path / name)
    folder.set("visits", name, "adc", **VISIT)


def setting(section: str, **values: object) -> Callable[[Folder], object]:
    """Return the change of some keys of a section of the configuration."""
    return lambda folder: folder.configure(
        **{section: {**folder.config.get(section, {}), **values}}
    )


def longer_survival(folder: Folder) -> None:
    first = folder.sheet("patients")["patient"].min()
    folder.set("patients", "3000", "os_days", patient=first)


def a_deleted(pattern: str) -> Callable[[Folder], object]:
    """Return the change that deletes a result; a stand-in's name may be shorter than the real."""

    def make(folder: Folder) -> None:
        found = sorted(folder.results.glob(pattern))
        assert found, pattern
        found[0].unlink()

    return make


def edited(folder: Folder) -> None:
    """One digit, by hand: neither size nor the file's place changes."""
    path = folder.results / "trial" / "survival.tsv"
    content = path.read_bytes()
    at = next(at for at in reversed(range(len(content))) if chr(content[at]).isdigit())
    path.unlink()
    path.write_bytes(content[:at] + (b"1" if content[at] != ord("1") else b"2") + content[at + 1 :])


def renamed_results(folder: Folder) -> None:
    folder.results.rename(folder.path / "results of 2026 (1)")
    folder.configure(results="results of 2026 (1)")


def source(file: str, text: str) -> Callable[[Folder], object]:
    """Return the change that puts some text at the end of a file of the library."""

    def make(folder: Folder) -> None:
        folder.bring_source()
        folder.edit(f"src/gadless/{file}", lambda before: before + text)

    return make


def checkout(folder: Folder) -> None:
    folder.bring_source()
    for path in [*(folder.path / "src").rglob("*.py"), *(folder.path / "workflow").rglob("*")]:
        os.utime(path)


def corrected(folder: Folder) -> None:
    sheet = folder.sheet("measurements")
    plain = (sheet["enhancing_cm3"] != "") & (sheet["enhancing_low_cm3"] == "")
    sheet.loc[plain.idxmax(), "enhancing_cm3"] = "7.5"  # no interval beside it to contradict
    folder.write("measurements", sheet)
