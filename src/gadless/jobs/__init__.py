"""What each job of the workflow needs: inputs, what it is told, and whether it is to run."""

from gadless.jobs.hooks import RunHooks
from gadless.jobs.measuring import measure_lightly
from gadless.jobs.place import place_of
from gadless.jobs.prepare import Jobs, keep_memory, prepare
from gadless.orphan import be_parent

__all__ = ["Jobs", "RunHooks", "be_parent", "keep_memory", "measure_lightly", "place_of", "prepare"]
