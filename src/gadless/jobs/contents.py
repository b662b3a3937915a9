"""Whether a file from outside is still the one that a result was made from."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from gadless.files import read_json, sha256, write_json
from gadless.provenance import fingerprint

KEPT = ".contents.json"


class Contents:
    """Compares files with what records know of them.

    A file of the same size and time of change is the same; of the same size and another time, it is
    read, and what was read is kept: a fresh copy of all scans is read once.

    Parameters
    ----------
    folder : str
        Where to keep what was read: the results folder.
    always : bool
        Read every file at every start (``preprocess.fingerprint: content``).
    """

    def __init__(self, folder: str, *, always: bool = False) -> None:
        self._kept, self._always = Path(folder, KEPT), always
        self._known = _known(self._kept)
        self._new: dict[str, list[str]] = {}

    def same(self, path: str, recorded: Mapping[str, str]) -> bool:
        """Whether a file has the content that was recorded, wherever it lies.

        Parameters
        ----------
        path : str
        recorded : mapping
            ``stat`` and ``sha256``.
        """
        now = fingerprint(path)
        if now == recorded["stat"] and not self._always:
            return True
        if now.split("-")[0] != recorded["stat"].split("-")[0] or now == "none":
            return now == recorded["stat"]
        return self._sha256(path, now) == recorded["sha256"]

    def keep(self) -> None:
        """Keep what was read for the next start."""
        if self._new:
            # Results that cannot be written are a fault of their own.
            with suppress(OSError):
                write_json({**self._known, **self._new}, self._kept)

    def _sha256(self, path: str, now: str) -> str:
        for known in (self._new, self._known):
            if not self._always and known.get(path, [""])[0] == now:
                return known[path][1]
        try:
            found = sha256(path)
        except OSError:
            return ""  # no content that was recorded: the job says what is wrong with it
        self._new[path] = [now, found]
        return found


def _known(path: Path) -> dict[str, list[str]]:
    """Read what an earlier start read; nothing where that is lost or damaged."""
    try:
        content = read_json(path)
        return {name: [str(stat), str(found)] for name, (stat, found) in content.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
