"""torch without what only its compilers use, for jobs that run a network and end.

What torch knows of shapes without values (its meta device) takes a third of its import and is asked
for by tracing and compiling alone. ``import torch._meta_registrations`` brings it later.
"""

import sys
from types import ModuleType

from gadless.swift import importing

_LATER = "torch._meta_registrations"

_ABSENT = "torch" not in sys.modules
if _ABSENT:
    sys.modules[_LATER] = ModuleType(_LATER)
try:
    with importing():
        import torch
finally:
    if _ABSENT:
        del sys.modules[_LATER]

__all__ = ["torch"]
