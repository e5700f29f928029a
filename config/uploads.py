"""How much a form with files may weigh where the page sets no limit of its own."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

# The largest such file is an import's, of 10 MB. Videos have a page with limits of its own.
MAX_FORM_BYTES = 12 * 1024 * 1024


class SmallForms(FileUploadHandler):
    """Refuses a body that is too large before a byte of it is kept, also from a visitor."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        if content_length > MAX_FORM_BYTES:
            raise RequestDataTooBig("The form is too large.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
