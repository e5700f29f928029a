"""The test films, made once a test process."""

import pytest

from tests.media_uploads.samples import Samples


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """Films by name; made when a test first asks for one."""
    return Samples(tmp_path_factory.mktemp("films"))
