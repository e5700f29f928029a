"""The one settings file: everything that differs between machines is read from the environment."""

import os
import re
import secrets
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from whitenoise.compress import Compressor

from config import buckets

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env", overwrite=False)
# Everything the program writes that is not in a server elsewhere lives below this one folder.
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var")))


def read(name: str, cast: str, default: object) -> object:
    """Return a variable of the environment; a value that cannot be read stops the start by name."""
    try:
        value = getattr(env, cast)(name, default=default)
    except (ValueError, KeyError, ImproperlyConfigured) as error:
        raise ImproperlyConfigured(f"{name}: cannot be read: {error}") from error
    return value


def strict_bool(name: str, default: bool) -> bool:
    text = os.environ.get(name, "").strip().lower()
    if text in {"", "0", "1", "true", "false", "yes", "no", "on", "off"}:
        return default if text == "" else text in {"1", "true", "yes", "on"}
    raise ImproperlyConfigured(f"{name}: expected true or false, not {text!r}")


def secret_key() -> str:
    """Return SECRET_KEY, or one generated once and kept in a file only its owner reads."""
    if given := env.str("SECRET_KEY", default=""):
        if len(given) < 32:
            raise ImproperlyConfigured("SECRET_KEY: at least 32 characters are needed")
        return given
    path = DATA_DIR / "secret_key"
    DATA_DIR.mkdir(mode=0o700, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()


SECRET_KEY = secret_key()
DEBUG = strict_bool("DEBUG", False)
ALLOWED_HOSTS = [
    host.strip()
    for host in env.str("ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1]").split(",")
    if host.strip()
]
HTTPS = strict_bool("HTTPS", False)
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if HTTPS and host != "*"]

INSTALLED_APPS = [
    "config.administration.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "accounts",
    "contests",
    "media_uploads",
    "scoring",
    "portal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "accounts.language.ChosenLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.caching.PrivateAnswersMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
# The process behind SAVES_PORT (ADR 8; set by config/processes.py) has the two addresses of the
# answers, and around them what these need: JSON is neither framed nor styled nor translated.
ANSWERS_ONLY = strict_bool("ANSWERS_ONLY", False)
ANSWERS_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ANSWERS_URLCONF = "contests.answers_urls"
if ANSWERS_ONLY:
    MIDDLEWARE = ANSWERS_MIDDLEWARE
    INSTALLED_APPS.remove("config.administration.AdministrationConfig")

ROOT_URLCONF = ANSWERS_URLCONF if ANSWERS_ONLY else "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["config.icons"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- data -----------------------------------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'db.sqlite3'}")
try:
    DATABASES = {"default": env.db_url_config(DATABASE_URL)}
except Exception as error:
    raise ImproperlyConfigured(f"DATABASE_URL: cannot be read: {error}") from error
if not str(DATABASES["default"].get("ENGINE", "")).endswith(("sqlite3", "postgresql")):
    raise ImproperlyConfigured("DATABASE_URL: expected postgres://… or sqlite:///…")
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    Path(DATABASES["default"]["NAME"]).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    # A connection per thread that lives on: reconnecting costs eleven times the save itself.
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
    # A server that takes the connection and says nothing must not hold a page up for minutes.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 7
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(DATA_DIR / "media")))
FILE_UPLOAD_TEMP_DIR = MEDIA_ROOT / "incoming"
FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_HANDLERS = [
    "config.uploads.SmallForms",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# Where videos are kept instead of MEDIA_ROOT, in which they still arrive and are worked on.
S3 = buckets.configured(
    bucket=env.str("S3_BUCKET", default=""),
    endpoint_url=env.str("S3_ENDPOINT_URL", default=""),
    region=env.str("S3_REGION", default="us-east-1"),
    access_key=env.str("S3_ACCESS_KEY_ID", default=""),
    secret_key=env.str("S3_SECRET_ACCESS_KEY", default=""),
)
# Behind nginx: the internal address below which it delivers copies and posters itself.
MEDIA_ACCEL = env.str("MEDIA_ACCEL", default="")
if MEDIA_ACCEL and not re.fullmatch(r"/[a-z0-9_/-]*[a-z0-9_-]/", MEDIA_ACCEL):
    raise ImproperlyConfigured("MEDIA_ACCEL: expected an address like /protected-media/")

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Made from the source by collectstatic, so it stays beside the source wherever the data lives.
STATIC_ROOT = BASE_DIR / "var" / "static"
# Fonts that only PDF files are made with are not worth packing for a browser.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "ttf"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static.StaticFiles"},
}

# --- who you are ----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "contests.backends.ByAccessCode",
]
LOGIN_URL = "staff_sign_in"
LOGIN_REDIRECT_URL = "after_sign_in"
LOGOUT_REDIRECT_URL = "home"
# Links to set a first password, in letters that may lie for some days.
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24 * 7
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- language and time ----------------------------------------------------------------------------
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
USE_THOUSAND_SEPARATOR = True
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True

# --- answers to browsers --------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "worker-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
if S3:
    # Copies and posters are fetched from the bucket itself, each by an address that ends soon.
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"] += [S3.origin]
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["media-src"] = [SELF, S3.origin]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
# How many proxies in front add to X-Forwarded-For; 0 trusts only the socket's own address.
TRUSTED_PROXIES = int(str(read("TRUSTED_PROXIES", "int", 0)))

# --- work in the background -----------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    raise ImproperlyConfigured("REDIS_URL: expected redis://host:port/number")
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_TIME_LIMIT = 60 * 30
# Films take minutes, and with a bucket their way there too. They have a queue and a worker of
# their own, so that the ends of attempts, results and letters never wait behind them.
CELERY_TASK_DEFAULT_QUEUE = "celery"
VIDEO_QUEUE = "videos"
CELERY_TASK_QUEUES: dict[str, dict[str, str]] = {CELERY_TASK_DEFAULT_QUEUE: {}, VIDEO_QUEUE: {}}
CELERY_TASK_ROUTES = {
    "media_uploads.tasks.inspect_video": {"queue": VIDEO_QUEUE},
    "media_uploads.tasks.encode_video": {"queue": VIDEO_QUEUE},
    "media_uploads.tasks.keep_originals": {"queue": VIDEO_QUEUE},
}
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object]
if REDIS_URL:
    # A broker that is away must not hold a page up: publishing gives up at once (the sweep rings).
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 60 * 60,
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
    }
    CELERY_TASK_PUBLISH_RETRY = False
else:
    BROKER_DIR = DATA_DIR / "broker"
    for part in ("queue", "processed", "control"):
        (BROKER_DIR / part).mkdir(mode=0o700, parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "processed_folder": str(BROKER_DIR / "processed"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.1,
    }
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "end-overdue-attempts": {"task": "contests.tasks.end_overdue_attempts", "schedule": 30.0},
    "raise-flags": {"task": "contests.tasks.raise_flags", "schedule": 600.0},
    "sweep-videos": {"task": "media_uploads.tasks.sweep_videos", "schedule": 10.0},
    "sweep-uploads": {"task": "media_uploads.tasks.sweep_uploads", "schedule": 60.0},
    "refresh-results": {"task": "scoring.tasks.refresh_results", "schedule": 180.0},
    "sweep-letters": {"task": "accounts.tasks.sweep_letters", "schedule": 30.0},
    "clean-accounts": {"task": "accounts.tasks.clean_up", "schedule": 3600.0},
    "worker-alive": {"task": "portal.tasks.worker_alive", "schedule": 20.0},
    "video-worker-alive": {
        "task": "portal.tasks.worker_alive",
        "schedule": 20.0,
        "kwargs": {"name": VIDEO_QUEUE},
        "options": {"queue": VIDEO_QUEUE, "expires": 60.0},
    },
}

try:
    EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
except Exception as error:
    raise ImproperlyConfigured(f"EMAIL_URL: cannot be read: {error}") from error
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="no-reply@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "config.logs.WithoutTokens",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # It tells every piece of every upload, with its title; the answers say what is wrong.
    "loggers": {"resumable_upload": {"level": "CRITICAL"}},
}
