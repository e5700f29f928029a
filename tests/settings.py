"""What a test run changes in the settings: its own data folder, cheap passwords, no fsync."""

import atexit
import os
import shutil
import tempfile

# A child process of a test is told the folder of its parent; every test process else makes its own.
_given = os.environ.get("TESTS_DATA_DIR")
os.environ["DATA_DIR"] = _given or tempfile.mkdtemp(prefix="contest-tests-")
os.environ.setdefault("SECRET_KEY", "a key of the tests, known to everybody who reads the source")
if not _given:
    os.environ.pop("MEDIA_ROOT", None)

from config.settings import *  # noqa: E402,F403
from config.settings import CELERY_BROKER_TRANSPORT_OPTIONS, DATA_DIR, DATABASES, REDIS_URL  # noqa: E402

if not _given:
    atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Straight from the source, looked up when asked for: nothing to collect and no scan per client.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads and child processes then meet the same locks as in earnest.
    _database["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    _database["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"

if REDIS_URL:
    # Test processes share one Redis; none may take another's messages.
    CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"] = f"{DATA_DIR.name}:"
