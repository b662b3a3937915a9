"""What a weights file says about itself, shown or restated; its tensors are never touched.

``python -m gadless.networks.restate FILE`` shows it; with ``--facts facts.yaml`` (``trained_on``,
``licence``, ``date``, ``figures``) it is rewritten. For weights whose maker knows more than they
say, as those of an earlier Gadless.
"""

import argparse
import hashlib
import json
import struct
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import yaml

from gadless.errors import InputError
from gadless.files import written_whole
from gadless.networks.header import ALSO, Metadata, read_header

FACTS = ("trained_on", "licence", "date", "figures")
"""What may be restated. The rest of a header decides how the tensors are used."""

TRAINED_ON = ("exams", "patients", "phantom_exams", "sites", "description")
"""What `trained_on` holds."""

# The safetensors format aligns the tensors to this many bytes.
_ALIGNED = 8


def rewrite(path: Path | str, **facts: Any) -> Metadata:
    """Restate what a weights file says of where its network comes from.

    What the networks had learnt from that it was made from (`ALSO`) stays as it is.

    Parameters
    ----------
    path : path
        A safetensors file that Gadless wrote; rewritten whole or not at all.
    **facts
        Some of `FACTS`, as `Metadata` has them.

    Returns
    -------
    Metadata
        As the file says it now.

    Raises
    ------
    InputError
        If the file is not Gadless's, a fact is none of `FACTS`, or its value makes no sense.
    """
    path = Path(path)
    for given, known in ((facts, FACTS), (facts.get("trained_on", {}), TRAINED_ON)):
        unknown = [str(name) for name in given if name not in known]
        if unknown and isinstance(given, dict):
            raise InputError(f"{path}: {unknown} cannot be restated; only {list(known)} can")
    known_so_far = read_header(path, str(path))
    metadata = replace(known_so_far, **facts)
    if isinstance(metadata.trained_on, dict) and ALSO in known_so_far.trained_on:
        also = {ALSO: known_so_far.trained_on[ALSO]}
        metadata = replace(metadata, trained_on=metadata.trained_on | also)
    try:
        Metadata.from_header(metadata.header())
    except (ValueError, TypeError) as fault:
        raise InputError(f"{path}: is left as it was: {fault}") from None
    described, tensors = _parts(path)
    raw = json.dumps(
        {**described, "__metadata__": metadata.header()}, separators=(",", ":"), ensure_ascii=False
    ).encode()
    raw += b" " * (-len(raw) % _ALIGNED)
    with written_whole(path) as scratch:
        scratch.write_bytes(struct.pack("<Q", len(raw)) + raw + tensors)
    return metadata


def tensors_checksum(path: Path | str) -> str:
    """SHA-256 of all that follows a safetensors header: what the network is, whatever it says."""
    return hashlib.sha256(_parts(Path(path))[1]).hexdigest()


def _parts(path: Path) -> tuple[dict[str, Any], bytes]:
    """Take a safetensors file apart: its header, and the bytes of its tensors."""
    content = path.read_bytes()
    end = 8 + struct.unpack("<Q", content[:8])[0]
    return json.loads(content[8:end]), content[end:]


def main() -> None:
    """Show or restate one file from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="safetensors file that Gadless wrote")
    parser.add_argument("--facts", type=Path, help=f"YAML with some of {', '.join(FACTS)}")
    given = parser.parse_args()
    try:
        if given.facts is not None:
            facts = yaml.safe_load(given.facts.read_text(encoding="utf-8"))
            # YAML reads a day as something that is no text.
            texts = {key: str(facts[key]) for key in ("licence", "date") if key in facts}
            rewrite(given.file, **{**facts, **texts})
        metadata = read_header(given.file, str(given.file))
    except InputError as error:
        raise SystemExit(str(error)) from None
    shown = {**asdict(metadata), "tensors": tensors_checksum(given.file)}
    yaml.safe_dump(json.loads(json.dumps(shown)), sys.stdout, sort_keys=False)


if __name__ == "__main__":
    main()
