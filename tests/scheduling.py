"""Deals tests out to workers: those of the demonstration, which is loaded once, stay together."""

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

# Files whose tests share what takes long to make; every other test goes wherever there is room.
TOGETHER = ("tests/portal/test_demo.py",)


class TogetherScheduling(LoadScopeScheduling):
    """Tests one by one in their order, after the files that stay together (loadgroup needs marks
    in the node id, which pytest 9.2 no longer lets it write)."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return path if path in TOGETHER else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> TogetherScheduling:
    return TogetherScheduling(config, log)
