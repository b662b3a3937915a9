"""Imported before all else by scripts of the workflow: what makes a job's start and end cheap.

Python looks for garbage again and again while libraries are imported, and once more when it ends,
among half a million objects that all stay: with torch a third of the CPU time of import and end.
"""

import atexit
import gc

gc.disable()


def settle() -> None:
    """End of the imports: what is there now stays, and is never looked through again.

    Processes that are forked from here share it.
    """
    gc.freeze()
    gc.enable()
    atexit.register(gc.freeze)
