"""From what a site delivers (DICOM) or a group keeps (BIDS) to the sheets of a trial.

One way: headers or names of files -> what was found (`found`) -> sheets, configuration and
protocol (`writing`). What a person corrected by hand stands when it is run again.
"""
