"""The sheets and the configuration: read, check, report every fault at once."""
