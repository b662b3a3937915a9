"""What each job of the workflow needs: inputs, params, versions; used by the rules alone."""

from gadless.jobs.prepare import Jobs, keep_memory, prepare

__all__ = ["Jobs", "keep_memory", "prepare"]
