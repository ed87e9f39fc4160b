"""How true the told waits are."""

from reports.told_waits import ToldError, told_error


def test_the_error_is_what_was_told_over_what_came() -> None:
    tellings = [(30.0, 20.0), (10.0, 20.0), (40.0, 20.0), (20.0, 20.0)]
    assert told_error(tellings) == ToldError(4, mean=5.0, half_within=10.0, nine_tenths_within=20.0, mean_wait=20.0)


def test_without_tellings_nothing_is_said_of_them() -> None:
    assert told_error([]) == ToldError(0, None, None, None, None)
