"""What the tests of the house share; building images takes minutes and is done only when asked for."""

import pytest

from tests.asterisk.running_pbx import asterisk_binary

__all__ = ["asterisk_binary"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "containers: builds and runs the images; minutes, only with -m containers")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "containers" in config.getoption("markexpr"):
        return
    built = [item for item in items if item.get_closest_marker("containers")]
    if built:
        config.hook.pytest_deselected(items=built)
        items[:] = [item for item in items if item not in built]
