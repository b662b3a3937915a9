"""What the page says about the lock."""

from gadless.trial.lock import LockStatus


def sentences(status: LockStatus) -> list[str]:
    """Say when the plan was locked and which keys have changed since, or that it was not.

    Parameters
    ----------
    status : LockStatus

    Returns
    -------
    list of str
        The standing first, then a sentence a changed key.
    """
    if status.locked is None:
        return [
            "Not locked: nothing shows that the criteria, endpoints, margins and statistics were"
            " fixed before the data were seen."
        ]
    if not status.changes:
        return [f"Locked on {status.locked}; nothing that decides the answer has changed since."]
    keys = len(status.changes)
    found = "1 key that decides" if keys == 1 else f"{keys} keys that decide"
    return [
        f"Locked on {status.locked}, and changed since: {found} the answer. Old value → new value:",
        *(f"{change}." for change in status.changes),
    ]
