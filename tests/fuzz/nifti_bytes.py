"""NIfTI files as bytes: sound ones, and what becomes of them when something is changed."""

import bz2
import gzip
import struct
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

HEADER, OFFSET = 348, 352
KINDS = {
    2: "u1",
    4: "i2",
    8: "i4",
    16: "f4",
    64: "f8",
    256: "i1",
    512: "u2",
    768: "u4",
    1024: "i8",
    1280: "u8",
}
"""NIfTI's codes of the voxels' types that are read."""

_CORNERS = {
    "h": (0, 1, -1, 2, 3, 4, 5, 7, 8, 9, 16, 32, 64, 128, 348, 1024, 2**15 - 1, -(2**15)),
    "i": (0, 1, -1, 348, 540, 2**31 - 1, -(2**31)),
    "f": (
        *(0.0, -0.0, 1.0, -1.0, 4.0, 352.0, 353.5, 351.0, 1e-30, 1e30, 3e38, 2.0**31),
        *(float("nan"), float("inf"), float("-inf")),
    ),
}
FIELDS = (
    *((40 + 2 * at, "h") for at in range(8)),  # dim
    (0, "i"),  # sizeof_hdr
    *((at, "h") for at in (70, 72, 252, 254)),  # datatype bitpix qform_code sform_code
    *((76 + 4 * at, "f") for at in range(8)),  # pixdim
    *((at, "f") for at in (108, 112, 116)),  # vox_offset scl_slope scl_inter
    *((256 + 4 * at, "f") for at in range(6)),  # quatern, qoffset
    *((280 + 4 * at, "f") for at in range(12)),  # srow
    *((at, "i") for at in (344, 348)),  # magic, extension
)
"""Places in a header, and what stands there."""


@dataclass(frozen=True)
class Small:
    """A sound image and how it is stored."""

    shape: tuple[int, int, int]
    code: int
    order: str
    spacing: float

    def content(self) -> bytes:
        """Return the file, not packed."""
        head = bytearray(OFFSET)
        pack = lambda at, kind, *values: struct.pack_into(self.order + kind, head, at, *values)  # noqa: E731
        kind = np.dtype(KINDS[self.code])
        pack(0, "i", HEADER)
        pack(40, "8h", 3, *self.shape, 1, 1, 1, 1)
        pack(70, "2h", self.code, kind.itemsize * 8)
        pack(76, "8f", 1, *[self.spacing] * 3, 1, 1, 1, 1)
        pack(108, "3f", OFFSET, 1, 0)
        pack(252, "2h", 1, 1)
        half = [-self.spacing * edge / 2 for edge in self.shape]
        pack(268, "3f", *half)
        for row in range(3):
            pack(280 + 16 * row, "4f", *(self.spacing * (at == row) for at in range(3)), half[row])
        head[344:348] = b"n+1\0"
        voxels = np.arange(np.prod(self.shape)) * 7 % 120
        return bytes(head) + voxels.astype(kind.newbyteorder(self.order)).tobytes()


def small() -> st.SearchStrategy[Small]:
    """Draw a sound image that could hold a head."""
    edge = st.integers(8, 11)
    return st.builds(
        Small,
        st.tuples(edge, edge, edge),
        st.sampled_from(sorted(KINDS)),
        st.sampled_from("<>"),
        st.just(8.0),
    )


@st.composite
def changed(draw: st.DrawFn) -> bytes:
    """Draw a file with up to four fields changed, bytes flipped, cut or added."""
    image = draw(small())
    content = bytearray(image.content())
    for _ in range(draw(st.integers(0, 4))):
        at, kind = draw(st.sampled_from(FIELDS))
        order = draw(st.sampled_from((image.order, image.order, "<", ">")))
        value = draw(st.sampled_from(_CORNERS[kind]))
        struct.pack_into(order + kind, content, at, value)
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 2)))):
        content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    return draw(_ends(bytes(content)))


@st.composite
def _ends(draw: st.DrawFn, content: bytes) -> bytes:
    """Cut a file or add to it, most often neither."""
    how = draw(st.sampled_from(("whole",) * 6 + ("cut", "added")))
    if how == "cut":
        return content[: draw(st.integers(0, len(content)))]
    return content + draw(st.binary(max_size=64)) * 100 if how == "added" else content


@st.composite
def files(draw: st.DrawFn) -> tuple[str, bytes]:
    """Draw a file's name and its bytes: packed or not, the stream damaged or not."""
    content = draw(changed())
    suffix, pack = draw(st.sampled_from(_PACKED))
    packed = pack(content)
    if draw(st.integers(0, 3)) == 0:
        damaged = bytearray(packed)
        for _ in range(draw(st.integers(0, 2)) if damaged else 0):
            damaged[draw(st.integers(0, len(damaged) - 1))] ^= 1 << draw(st.integers(0, 7))
        packed = draw(_ends(bytes(damaged)))
    return f"scan{suffix}", packed


def _gzipped(content: bytes) -> bytes:
    return gzip.compress(content, 1, mtime=0)


def _gzipped_in_two(content: bytes) -> bytes:
    return _gzipped(content[:400]) + _gzipped(content[400:])


_PACKED = (
    (".nii", bytes),
    (".nii.gz", _gzipped),
    (".nii.gz", _gzipped_in_two),
    (".nii.bz2", bz2.compress),
)
