"""Every scan of a trial looked at before the first job: ``gadless check CONFIG --deep``."""
