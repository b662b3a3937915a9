"""One way to log for every script: into the rule's log file and to standard error."""

import logging
import sys
import warnings
from pathlib import Path
from types import TracebackType


def log_to(path: Path | str) -> logging.Logger:
    """Send log records, warnings and an uncaught error's traceback to a file and standard error.

    Parameters
    ----------
    path : path
        The rule's log file; it is written anew.
    """
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        datefmt="%H:%M:%S",
        handlers=[logging.FileHandler(path, mode="w"), _console()],
        force=True,
    )
    # A full disk takes no line of a log, and is told of on standard error.
    logging.raiseExceptions = False
    logging.captureWarnings(capture=True)
    warnings.simplefilter("default")
    sys.excepthook = _log_uncaught
    return logging.getLogger("gadless")


def _console() -> logging.Handler:
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    return handler


def _log_uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    logging.getLogger("gadless").critical("stopped", exc_info=(kind, error, traceback))
