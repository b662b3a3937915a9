"""The subcommands of `gadless`: each a module with ``WORDS``, ``add`` and ``run``."""
