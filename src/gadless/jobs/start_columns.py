"""What criteria and endpoints need in the sheets, asked before imaging."""

from gadless.errors import InputError
from gadless.response.completed import CompletedCriteria
from gadless.response.criteria import load_criteria
from gadless.response.needed import empty_measures, lacking_columns, lacking_measures
from gadless.response.schedule import planned_visits
from gadless.trial.config import Config
from gadless.trial.sheets import Trial


def column_faults(config: Config, trial: Trial) -> list[str]:
    """Say what the configuration needs of the sheets, and they do not give.

    Parameters
    ----------
    config : Config
        Whose criteria are known.
    trial : Trial
    """
    sets = load_criteria(config.response.criteria, config.response.custom)
    judges = [CompletedCriteria.of(one, config.response, config.measurement) for one in sets]
    faults = list(lacking_columns(config, trial.patients, trial.visits))
    if trial.measurements is not None:
        # A column without a cell says no more than one that is not there.
        table = trial.measurements.dropna(axis="columns", how="all")
        faults += lacking_measures(table, judges, config.readings, with_lesions=False)
        faults += empty_measures(table, judges, config.readings)
    else:
        faults += [
            f"response.criteria: {one.name} takes readers' categories, and images give none; choose"
            " other criteria, or give `measurements` with the column `response`"
            for one in sets
            if one.as_read
        ]
    try:
        planned_visits(trial.patients, trial.visits, config.endpoint)
    except InputError as error:
        faults.append(str(error))
    return faults
