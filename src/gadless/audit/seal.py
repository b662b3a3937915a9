"""`provenance.json` and the RO-Crate, after something was taken away on purpose."""

from collections.abc import Mapping
from pathlib import Path

from gadless.audit.provenance import write_provenance
from gadless.audit.recorded import CRATE, PROVENANCE
from gadless.files import read_json, sha256, write_json
from gadless.record import FOLDER


def seal_anew(folder: Path, rewritten: Mapping[str, str]) -> None:
    """Have both know records that were written anew; what was damaged before stays so.

    Parameters
    ----------
    folder : Path
        The results folder.
    rewritten : mapping of str to str
        Record below the folder to its path.
    """
    try:
        told, crate = read_json(folder / PROVENANCE), read_json(folder / CRATE)
        about = next(one for one in crate["@graph"] if one["@id"] == PROVENANCE)
        if about["sha256"] != sha256(folder / PROVENANCE):
            return
        records = told["records"]
        for record, path in rewritten.items():
            label = record.removeprefix(f"{FOLDER}/").removesuffix(".json")
            if label in records:
                records[label] = sha256(path)
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return
    write_provenance(told, folder)
    about["sha256"] = sha256(folder / PROVENANCE)
    about["contentSize"] = str((folder / PROVENANCE).stat().st_size)
    write_json(crate, folder / CRATE)
