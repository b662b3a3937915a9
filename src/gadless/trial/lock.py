"""The lock: what decides a trial's answer, written down with its date before the data are seen.

The lock holds the values themselves beside their hash, so that whatever is changed later can be
named: key, old value, new value. It lies beside the configuration, not among the results, which may
be deleted and made anew.
"""

import datetime
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gadless.errors import InputError
from gadless.files import write_text
from gadless.trial.config import Config

DECISIVE = (
    *("reference", "repeat", "candidates", "measurement", "response", "endpoint", "statistics"),
)
"""Keys of the configuration that decide the answer of any trial."""

IMAGING = ("preprocess", "sequences", "labels_of", "map_units", "brought_missing")
"""Those that decide it too where tumours are measured here."""

BESIDE = (
    *("name", "patients", "visits", "measurements", "results", "networks", "training", "report"),
    *("labels", "lock", "plan", "keep_columns", "keep_images", "native", "cdisc", "ratings"),
    "ablation",
)
"""Keys that do not: where things lie and how they are shown. Of networks the weights decide."""

_ABSENT = "absent"
_HEAD = """\
# What decides this trial's answer, as it was on the day below. Written by `snakemake lock`, and
# never overwritten: the report says 'locked on' that day, or which keys have changed since.
"""


@dataclass(frozen=True)
class Change:
    """One decisive value that is another now; ``absent`` where there is, or was, no such key."""

    key: str
    was: str
    now: str

    def __str__(self) -> str:
        return f"{self.key}: {self.was} → {self.now}"


@dataclass(frozen=True)
class LockStatus:
    """Where a configuration stands with its lock.

    Attributes
    ----------
    locked : str or None
        Day of the lock (YYYY-MM-DD); None where there is none.
    changes : tuple of Change
        What has changed since.
    """

    locked: str | None
    changes: tuple[Change, ...] = ()

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "LockStatus":
        """Make it again from what ``asdict`` made of it, as it travels to a job."""
        changes = tuple(Change(**change) for change in plain["changes"])
        return cls(plain["locked"], changes)


def lock_path(config: Config, configfiles: Sequence[str | Path]) -> Path:
    """Return where the lock lies: as configured, or beside the last configuration file.

    Parameters
    ----------
    config : Config
    configfiles : sequence of path
        The files that the configuration was read from, in order.
    """
    if config.lock is not None:
        return Path(config.lock)
    if not configfiles:
        return Path("trial.lock.yaml")
    return Path(configfiles[-1]).with_suffix(".lock.yaml")


def decisive(config: Config, resolved: Mapping[str, Any]) -> dict[str, Any]:
    """Return every value that decides the answer, as plain text, numbers, lists and mappings.

    Parameters
    ----------
    config : Config
    resolved : mapping
        What names in the configuration stand for: values of the criteria and of the censoring rules
        in use, checksums of the candidates' weights.

    Notes
    -----
    A user's own criteria or censoring rules count by their resolved values, those not in use not at
    all. The order of criteria counts, because the first is primary; that of candidates does not.
    """
    imaging = IMAGING if config.visits is not None else ()
    whole = config.model_dump(mode="json", include={*DECISIVE, *imaging})
    whole["candidates"] = sorted(whole["candidates"])
    for section in ("response", "endpoint"):
        whole[section].pop("custom", None)
    for section in imaging:
        whole[section].pop("fingerprint", None)  # how a change is noticed, not what is computed
    plain: dict[str, Any] = json.loads(json.dumps({**whole, **resolved}, default=str))
    return plain


def digest(values: Mapping[str, Any]) -> str:
    """Hash of decisive values that does not depend on the order of keys."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def lock_status(values: Mapping[str, Any], path: Path) -> LockStatus:
    """Compare decisive values with the lock.

    Parameters
    ----------
    values : mapping
        From :func:`decisive`.
    path : path
        The lock; it need not exist.

    Raises
    ------
    InputError
        If the file is no lock, or its values are no longer those that it was written with.
    """
    if not path.exists():
        return LockStatus(None)
    held = _read(path)
    was, now = dict(_flat(held["values"])), dict(_flat(values))
    changes = tuple(
        Change(key, was.get(key, _ABSENT), now.get(key, _ABSENT))
        for key in sorted({*was, *now})
        if was.get(key, _ABSENT) != now.get(key, _ABSENT)
    )
    return LockStatus(str(held["locked"]), changes)


def write_lock(values: Mapping[str, Any], path: Path, today: datetime.date) -> LockStatus:
    """Lock decisive values, unless they are locked already.

    Parameters
    ----------
    values : mapping
        From :func:`decisive`.
    path : path
    today : date
        What the lock is dated.

    Returns
    -------
    LockStatus
        With the day of the lock, which is an earlier one where nothing has changed since.

    Raises
    ------
    InputError
        If there is a lock with other values: it is left as it is, and what changed is named.
    """
    status = lock_status(values, path)
    if status.changes:
        listed = "\n".join(f"  {change}" for change in status.changes)
        raise InputError(
            f"{path} was locked on {status.locked}, and has changed since:\n{listed}\n"
            "Undo the changes, or remove the file by hand to lock anew."
        )
    if status.locked is None:
        content = {"locked": today.isoformat(), "hash": digest(values), "values": dict(values)}
        body = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
        write_text(_HEAD + body, path)
        status = LockStatus(today.isoformat())
    return status


def _read(path: Path) -> dict[str, Any]:
    """Read a lock and see that it is whole."""
    try:
        held = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(held, dict) or not {"locked", "hash", "values"} <= held.keys():
        raise InputError(f"{path}: is no lock (it needs `locked`, `hash` and `values`)")
    if digest(held["values"]) != held["hash"]:
        raise InputError(
            f"{path}: its values are not those of its hash: it was edited after it was written."
            " Restore it, or remove it by hand to lock anew."
        )
    return held


def _flat(values: Any, above: str = "") -> Iterator[tuple[str, str]]:
    """Yield every value by its dotted key, as text; a list is one value."""
    if isinstance(values, Mapping) and values:
        for key, value in values.items():
            yield from _flat(value, f"{above}.{key}" if above else str(key))
    else:
        yield above, json.dumps(values, ensure_ascii=False)
