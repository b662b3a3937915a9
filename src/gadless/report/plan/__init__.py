"""The plan: what will be done with the data, written from the configuration before any exist."""
