"""Has this test failed? For fixtures that then tell what they saw; pytest shows it below the failure."""

import pytest

FAILED = pytest.StashKey[bool]()


def has_failed(request: pytest.FixtureRequest) -> bool:
    """To be asked when the test is over."""
    node: pytest.Item = request.node
    return node.stash.get(FAILED, False)
