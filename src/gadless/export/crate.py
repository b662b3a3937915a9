"""The results as an RO-Crate: what they are and where they come from, in a standard of its own.

Of the profile Process Run Crate 0.5 on RO-Crate 1.1. An action stands for each stage, not for each
job, and images are two folders of which `provenance.json` lists the sources: a crate of 140,000
files serves no reader.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from gadless.files import sha256, written_whole

NAME = "ro-crate-metadata.json"
VERSION = "1.1"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"

_SHA256 = "https://w3id.org/ro/terms/workflow-run#sha256"
_COMPLETED, _FAILED = (f"http://schema.org/{one}ActionStatus" for one in ("Completed", "Failed"))
_FORMATS = {
    ".tsv": "text/tab-separated-values",
    ".parquet": "application/vnd.apache.parquet",
    ".html": "text/html",
    ".md": "text/markdown",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
    ".xpt": "application/x-sas-xport",
}
_FOLDERS = {
    "visits": "Of each visit: preprocessed scans, synthetic contrast, segmentations",
    "patients": "Of each patient: measurements, lesions, quality",
    "records": "Of each job: what it was asked for, and the checksum of every file that it made",
}


def write_crate(told: Mapping[str, Any], folder: Path) -> None:
    """Write ``ro-crate-metadata.json`` beside ``provenance.json``.

    Parameters
    ----------
    told : mapping
        What `provenance.json` says; ``made`` and ``reads`` (`gadless.audit.provenance.Gathered`).
    folder : Path
        The results folder.
    """
    crate = ROCrate(version=VERSION)
    crate.metadata.extra_terms["sha256"] = _SHA256
    _describe_root(crate, told)
    tool = _software(crate, told)
    outputs = _outputs(crate, told, folder)
    sources = _sources(crate, told)
    crate.root_dataset["mentions"] = [
        _run(crate, told, tool, sources, outputs),
        *_stages(crate, told, tool, sources, outputs),
    ]
    with written_whole(folder / NAME) as scratch:
        # The library writes into a folder, under a name of its own.
        crate.metadata.write(scratch.parent / f"{scratch.name}.d")
        (scratch.parent / f"{scratch.name}.d" / NAME).replace(scratch)
        (scratch.parent / f"{scratch.name}.d").rmdir()


def _context(crate: ROCrate, identity: str, **properties: Any) -> Entity:
    # The standard has one value stand by itself, and what is not known left out.
    given = {
        key.rstrip("_"): value[0] if isinstance(value, list) and len(value) == 1 else value
        for key, value in properties.items()
        if value not in (None, [])
    }
    types = given.pop("type", "CreativeWork")
    return crate.add(ContextEntity(crate, identity, {"@type": types, **given}))


def _describe_root(crate: ROCrate, told: Mapping[str, Any]) -> None:
    name = told["trial"]["name"]
    state = "Complete" if told["complete"] else "Not complete: see provenance.json"
    crate.name = f"{name}: results of Gadless"
    crate.description = (
        f"Response, endpoints and survival of the trial {name!r} on acquired contrast and on what"
        f" stands in for it. {state}."
    )
    crate.datePublished = told["run"]["ended"]
    crate.license = _context(
        crate, "#licence", name="Not stated", description="The results are whoever's the trial is"
    )
    profile = _context(crate, PROFILE, name="Process Run Crate", version="0.5")
    crate.root_dataset["conformsTo"] = profile


def _software(crate: ROCrate, told: Mapping[str, Any]) -> Entity:
    packages = [
        _context(crate, f"pkg:pypi/{name}@{version}", type_="SoftwareApplication", name=name,
                 softwareVersion=version)
        for name, version in told["packages"].items()
    ]  # fmt: skip
    code = told["code"]
    commit = f", commit {code['commit']}" if code["commit"] else ""
    changed = " with changes that were not committed" if code["changed"] else ""
    return _context(
        crate,
        f"pkg:generic/gadless@{code['gadless']}",
        type_="SoftwareApplication",
        name="Gadless",
        description=f"A Snakemake workflow{commit}{changed}",
        softwareVersion=code["gadless"],
        license="https://spdx.org/licenses/Apache-2.0",
        softwareRequirements=packages,
    )


def _outputs(crate: ROCrate, told: Mapping[str, Any], folder: Path) -> dict[str, list[Entity]]:
    """Add the results as files and folders; return them by the rule that makes them."""
    found: dict[str, list[Entity]] = {}
    for path, made in told["made"].items():
        if not (folder / path).is_file():
            continue
        properties = {"name": path, "contentSize": str(made["size"]), "sha256": made["sha256"]}
        if kind := _FORMATS.get(Path(path).suffix):
            properties["encodingFormat"] = kind
        added = crate.add_file(dest_path=path, properties=properties)
        found.setdefault(made["rule"], []).append(added)
    for name, description in _FOLDERS.items():
        if (folder / name).is_dir():
            properties = {"name": name, "description": description}
            added = crate.add_directory(dest_path=f"{name}/", properties=properties)
            for rule in _RULES_OF.get(name, ()):
                found.setdefault(rule, []).append(added)
    path = folder / "provenance.json"
    crate.add_file(
        dest_path=path.name,
        properties={
            "name": "Provenance",
            "description": "Configuration, code, packages, machine, times, and the checksum of"
            " every input and of every record",
            "encodingFormat": "application/json",
            "contentSize": str(path.stat().st_size),
            "sha256": sha256(path),
        },
    )
    return found


_RULES_OF = {"visits": ("preprocess", "synthesise", "segment"), "patients": ("measure",)}


def _sources(crate: ROCrate, told: Mapping[str, Any]) -> dict[str, list[Entity]]:
    """Add what came from outside; return it by the rule that reads it, ``""`` for all of it."""
    found: dict[str, list[Entity]] = {"": []}
    counts: dict[str, int] = {}
    for given in told["inputs"]:
        if given["record"]:
            rule = given["record"].rpartition("/training/")[2].split("/")[0]
            counts[rule] = counts.get(rule, 0) + 1
            continue
        found[""].append(
            _context(crate, f"#{given['role'].replace(' ', '-')}", name=given["role"],
                     description=given["path"], contentSize=str(given["size"]),
                     sha256=given["sha256"])
        )  # fmt: skip
    for rule, count in counts.items():
        files = _context(crate, f"#inputs-of-{rule}", name=f"{count:,} files that {rule} reads",
                         description="Listed with their checksums in provenance.json")  # fmt: skip
        found[rule] = [files]
        found[""].append(files)
    for name, about in told["networks"].items():
        found[""].append(
            _context(crate, f"#network-{name}", name=f"Network {name}", sha256=about.get("weights"),
                     description=f"Has learnt from: {about['learnt_from']}. {about['source']}",
                     license=about["licence"] or None)
        )  # fmt: skip
    return found


def _run(
    crate: ROCrate,
    told: Mapping[str, Any],
    tool: Entity,
    sources: Mapping[str, list[Entity]],
    outputs: Mapping[str, list[Entity]],
) -> Entity:
    machine = told["machine"]
    return _context(
        crate,
        "#run",
        type_="CreateAction",
        name="The last run",
        description=f"On {machine['cores']} cores ({machine['processor']}),"
        f" {machine['memory_gb']} GB, {machine['system']}",
        instrument=tool,
        object=sources[""],
        result=_once(one for files in outputs.values() for one in files),
        startTime=told["run"]["started"],
        endTime=told["run"]["ended"],
        actionStatus=_FAILED if told["run"]["outcome"] == "failed" else _COMPLETED,
    )


def _stages(
    crate: ROCrate,
    told: Mapping[str, Any],
    tool: Entity,
    sources: Mapping[str, list[Entity]],
    outputs: Mapping[str, list[Entity]],
) -> list[Entity]:
    """Add an action a stage."""
    return [
        _context(
            crate,
            f"#{rule}",
            type_="CreateAction",
            name=rule,
            description=_in_words(stage),
            instrument=tool,
            object=_once(
                [
                    *sources.get(rule, []),
                    *(one for read in told["reads"].get(rule, ()) for one in outputs.get(read, [])),
                ]
            ),
            result=outputs.get(rule),
            endTime=stage["last_ended"],
            actionStatus=_COMPLETED,
        )
        for rule, stage in told["stages"].items()
    ]


def _in_words(stage: Mapping[str, Any]) -> str:
    words = f"{stage['jobs']:,} jobs"
    if measured := stage["measured"]:
        words += f", {measured['cpu_seconds']:,.0f} CPU s, at most {measured['max_rss_mb']:,.0f} MB"
    if stage["outstanding"]:
        words += f"; {stage['outstanding']:,} more are still to run"
    return words


def _once(entities: Iterable[Entity]) -> list[Entity]:
    return list({entity.id: entity for entity in entities}.values())
