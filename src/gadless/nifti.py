"""nibabel, without the DICOM reader that it takes along where one is installed.

That reader is not used here, and its import is more than half of nibabel's, in every job. Modules
that jobs import take nibabel from here.
"""

import sys

_ABSENT = "pydicom" not in sys.modules
if _ABSENT:
    # Says to `import` that there is no such module, until nibabel has asked.
    sys.modules["pydicom"] = None  # type: ignore[assignment]
try:
    import nibabel
finally:
    if _ABSENT:
        del sys.modules["pydicom"]

__all__ = ["nibabel"]
