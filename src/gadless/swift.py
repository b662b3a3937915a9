"""Imported before all else by scripts of the workflow: what makes a job's start and end cheap.

Python looks for garbage again and again while libraries are imported, and once more when it ends,
among half a million objects that all stay: with torch a third of the CPU time of import and end.
"""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

gc.disable()


def settle() -> None:
    """End of the imports: what is there now stays, and is never looked through again.

    Processes that are forked from here share it.
    """
    gc.freeze()
    gc.enable()
    atexit.register(gc.freeze)


@contextmanager
def importing() -> Iterator[None]:
    """Import within the block what a job needs only now."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # What came with it stays as well.
        if before:
            gc.freeze()
            gc.enable()
