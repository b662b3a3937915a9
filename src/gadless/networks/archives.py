"""What lies in a file of weights, told from its bytes: nothing in it is run."""

import io
import pickle
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any, Literal

_MOST_BYTES = 1 << 26

Kind = Literal["torchscript", "pickle", "other"]


def kind_of(path: Path) -> Kind:
    """Tell a TorchScript file from a pickle, whatever either is called.

    Both are zip archives since PyTorch 1.6; a TorchScript file has its program in ``code/``.
    """
    names = _names(path)
    if names is not None:
        parts = [PurePosixPath(name).parts[1:] for name in names]
        if any(part[:1] == ("code",) for part in parts) and ("constants.pkl",) in parts:
            return "torchscript"
        return "pickle" if ("data.pkl",) in parts else "other"
    with path.open("rb") as stream:
        start = stream.read(2)
    # Protocol 2 and later; PyTorch before 1.6 wrote these too.
    return (
        "pickle"
        if start[:1] == b"\x80" and start[1:] in (b"\x02", b"\x03", b"\x04", b"\x05")
        else "other"
    )


def convolution_inputs(path: Path) -> tuple[int, ...]:
    """Input channels of every 3D convolution of a TorchScript file, in the order of its modules.

    Weights of five dimensions are (outputs, inputs, x, y, z). Empty if none can be told.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            found = [n for n in archive.namelist() if PurePosixPath(n).parts[1:] == ("data.pkl",)]
            # Shapes and names take some kB, whatever their tensors hold.
            if archive.getinfo(found[0]).file_size > _MOST_BYTES:
                return ()
            reader = _Shapes(io.BytesIO(archive.read(found[0])))
        reader.load()
    except Exception:  # noqa: BLE001  # whatever a strange file does to a reader of shapes alone
        return ()
    return tuple(shape[1] for shape in reader.shapes if len(shape) == 5)


def _names(path: Path) -> list[str] | None:
    """Names in a zip archive; None of what is none, or a damaged one."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        return None


class _Anything:
    """Stands for whatever a pickle wants to make, and makes nothing."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        pass

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def append(self, value: Any) -> None:
        """Take no part of a list."""

    def extend(self, values: Any) -> None:
        """Take no list."""


class _Shapes(pickle.Unpickler):
    """Notes the shapes of tensors; finds no class and calls nothing."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream)
        self.shapes: list[tuple[int, ...]] = []

    def find_class(self, _module: str, name: str, /) -> Any:
        """Return what notes a tensor's shape, or a stand-in."""
        return self._note if name.startswith("_rebuild_tensor") else _Anything

    def persistent_load(self, _pid: Any) -> Any:
        """Leave the values where they are."""

    def _note(self, _storage: Any, _offset: Any, size: Any, *_: Any) -> _Anything:
        if isinstance(size, tuple) and all(type(edge) is int for edge in size):
            self.shapes.append(size)
        return _Anything()
