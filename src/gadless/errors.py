"""Errors that a user can act on.

Every message says what is wrong, where (patient, visit, file or row) and what to do.
"""


class GadlessError(Exception):
    """Base of every error that Gadless raises on purpose."""


class InputError(GadlessError):
    """The configuration or a sheet is wrong; nothing can run until it is mended."""


class DataFault(GadlessError):
    """One exam is unusable: its visit becomes NE with this text as reason; the trial goes on."""
