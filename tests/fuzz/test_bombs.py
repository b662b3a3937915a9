"""Small files that would fill the memory: refused, or read, within a limit that is enforced."""

import bz2
import gzip
import os
import struct
import subprocess
import sys
from pathlib import Path

import yaml
from nifti_bytes import Small

MEMORY = 1_500_000_000
"""Bytes of address space; what is imported takes a third of it."""
SECONDS = 120
ZEROS = bytes(1 << 20)


def header(shape, offset=352.0, kind=2, bits=8) -> bytes:
    """Return a header that states a size, whatever follows."""
    content = bytearray(Small((8, 8, 8), 2, "<", 8.0).content()[:352])
    struct.pack_into("<8h", content, 40, len(shape), *shape, *[1] * (7 - len(shape)))
    struct.pack_into("<2h", content, 70, kind, bits)
    struct.pack_into("<f", content, 108, offset)
    for row in range(3):
        struct.pack_into("<f", content, 280 + 20 * row, 0.4)
    return bytes(content)


def packed(path: Path, start: bytes, megabytes: int, pack=gzip.compress) -> Path:
    """Write a file of several packed parts, as both formats allow: fast, and as small."""
    path.write_bytes(pack(start) + pack(ZEROS) * megabytes)
    return path


BOMBS = {
    "more voxels than any head": lambda f: packed(f / "a.nii.gz", header((1200, 1200, 1200)), 64),
    "many voxels in few bytes": lambda f: packed(f / "a.nii.gz", header((640, 640, 640)), 250),
    "the same in bzip2": lambda f: packed(
        f / "a.nii.bz2", header((640, 640, 640)), 250, bz2.compress
    ),
    "a long way to the voxels": lambda f: packed(f / "a.nii.gz", header((64, 64, 64), 2.0e9), 300),
    "much after the last voxel": lambda f: packed(f / "a.nii.gz", header((64, 64, 64)), 1000),
    "an extension of gigabytes": lambda f: packed(
        f / "a.nii.gz",
        header((64, 64, 64), 1.9e9)[:348] + struct.pack("<4B2i", 1, 0, 0, 0, 1_900_000_000, 6),
        300,
    ),
    "numbers of eight bytes": lambda f: packed(
        f / "a.nii.gz", header((600, 600, 600), kind=64, bits=64), 1000
    ),
}  # fmt: skip

READ = """
import resource, sys
from pathlib import Path
from gadless.errors import GadlessError
from gadless.images.reading import read_scan
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
for path in sys.argv[1:]:
    try:
        read_scan(Path(path), "FLAIR")
        print("said: nothing")
    except GadlessError as error:
        print("said:", error)
"""

CONFIGURE = """
import sys, yaml
from pathlib import Path
from gadless.errors import GadlessError
from gadless.trial.config import Config, check_keys, read_config, with_paths
import resource
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
try:
    check_keys([sys.argv[1]])
    raw = yaml.safe_load(Path(sys.argv[1]).read_text())
    read_config(with_paths(raw, Config, sys.argv[1:], {{}}))
except GadlessError as error:
    print("said:", error)
"""


def told(program: str, *paths: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", program.format(memory=MEMORY), *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [line for line in done.stdout.splitlines() if line.startswith("said: ")]


def test_scans(tmp_path):
    paths = []
    for number, make in enumerate(BOMBS.values()):
        (tmp_path / str(number)).mkdir()
        paths.append(make(tmp_path / str(number)))
    assert max(path.stat().st_size for path in paths) < 5_000_000
    said = dict(zip(BOMBS, told(READ, *paths), strict=True))
    assert all(words.startswith("said: FLAIR: ") for words in said.values()), said
    # Refused by what they state, and not because a limit was reached.
    assert not [bomb for bomb, words in said.items() if "more memory" in words], said


def test_a_configuration_of_aliases(tmp_path):
    lines = ["a: &a [x,x,x,x,x,x,x,x,x,x]"]
    lines += [
        f"{n}: &{n} [{','.join([f'*{m}'] * 10)}]"
        for m, n in zip("abcdefghij", "bcdefghijk", strict=True)
    ]
    path = tmp_path / "trial.yaml"
    path.write_text("\n".join([*lines, "candidates: *k"]))
    assert "unpack to more than" in told(CONFIGURE, path)[0]


def test_an_alias_of_itself(tmp_path):
    path = tmp_path / "trial.yaml"
    path.write_text("candidates: &a [*a]\n")
    assert yaml.safe_load(path.read_text())["candidates"]
    assert "an alias of itself" in told(CONFIGURE, path)[0]


def test_the_limit_is_one():
    """A reader that asks for more is stopped, so that passing says something."""
    limit = f"resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))"
    program = f"import resource; {limit}; bytearray({MEMORY})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert b"MemoryError" in done.stderr
