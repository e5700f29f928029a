"""The one site that the drills share: it takes long to start, and each leaves it whole."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.drills.clicking import Connection
from tests.drills.serving import Site, own_site
from tests.processes import wait_until

# People by who answers for them: clicking while things are killed, while commits are not waited
# for, and while the database is away.
CLICKING = {"small": 60, "full": 300}[os.environ.get("DRILLS", "small")]
CARELESS = 12
VISITING = 34


@pytest.fixture(scope="session", autouse=True)
def _ended_in_order() -> None:
    """Let a drill that is ended from outside take away what it started, as after Ctrl-C."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


@pytest.fixture(scope="session")
def running_site() -> Iterator[Site]:
    with own_site(people=CLICKING + CARELESS + VISITING) as running:
        yield running


@pytest.fixture
def site(running_site: Site) -> Site:
    """The site as every drill finds it: no thread has a connection that the last one broke."""
    links = [Connection(running_site.port) for _number in range(VISITING)]

    def is_whole(_visit: object) -> bool:
        with ThreadPoolExecutor(VISITING) as pool:
            answers = list(pool.map(lambda link: link.ask("GET", "/")[0], links))
        assert set(answers) <= {200, 503}
        return set(answers) == {200}

    try:
        wait_until(lambda: all(map(is_whole, range(5))), seconds=300)
    finally:
        for link in links:
            link.close()
    return running_site
