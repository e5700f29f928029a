"""What a web process carries: nothing that only a task or a download needs."""

import subprocess
import sys

LOADED = """
import sys
import config.wsgi
from django.urls import get_resolver
get_resolver().url_patterns
heavy = {"av", "boto3", "botocore", "docx", "docxtpl", "lxml", "openpyxl", "storages", "typst"}
heavy |= {"xlsxwriter"}
print(*sorted(heavy & set(sys.modules)))
"""


def test_a_web_process_loads_neither_ffmpeg_nor_spreadsheets_nor_s3() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], check=True, capture_output=True, text=True
    )

    assert done.stdout.split() == []
