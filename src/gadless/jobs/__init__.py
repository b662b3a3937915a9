"""What each job of the workflow needs: inputs, what it is told, and whether it is to run."""

from gadless.jobs.prepare import Jobs, keep_memory, prepare
from gadless.jobs.provenance import RunProvenance
from gadless.orphan import be_parent

__all__ = ["Jobs", "RunProvenance", "be_parent", "keep_memory", "prepare"]
