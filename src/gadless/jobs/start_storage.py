"""Object storage at the start: results that a plugin moves about would lose their records."""


def storage_faults(provider: str | None) -> list[str]:
    """Say why results cannot lie with a storage plugin of Snakemake.

    Such a plugin moves the files that rules name. Images, and the records that tell what a result
    was made from, lie beside them and would stay behind.

    Parameters
    ----------
    provider : str or None
        Of all files without one of their own (``--default-storage-provider``).
    """
    if provider in (None, "", "none"):
        return []
    return [
        f"--default-storage-provider {provider}: scans and results must lie in folders that every"
        " job sees; leave the option out, and copy scans in and the whole results folder out"
        " (docs/clusters.md)"
    ]
