"""Django's settings, all from `sportsbr.env`."""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import conninfo_to_dict

from sportsbr import env as environment
from sportsbr.settings.api import REST_FRAMEWORK, REST_KNOX, SPECTACULAR_SETTINGS

__all__ = ["REST_FRAMEWORK", "REST_KNOX", "SPECTACULAR_SETTINGS"]

ENV = environment.read()
BASE_DIR = environment.ROOT

SECRET_KEY = ENV.secret_key
DEBUG = ENV.debug
ALLOWED_HOSTS = list(ENV.allowed_hosts)
CSRF_TRUSTED_ORIGINS = list(ENV.csrf_trusted_origins)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.https else None
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "django_vite",
    "sportsbr.accounts",
    "sportsbr.recordings",
    "sportsbr.reports",
    "sportsbr.api",
    "sportsbr.web",
    "sportsbr.ops",
]

MIDDLEWARE = [
    "sportsbr.trace.RequestId",
    "sportsbr.ops.middleware.ApiProblems",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "sportsbr.ops.middleware.UploadSlots",  # before CSRF, which reads a form's whole body
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "sportsbr.urls"
WSGI_APPLICATION = "sportsbr.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


def _database(url: str) -> dict[str, Any]:
    """Django's form of a libpq URL; everything beyond the five usual names goes to options."""
    parts = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "postgres"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": parts,
    }


DATABASES = {
    "default": _database(ENV.database_url or "postgresql:///postgres"),
}
# Counts of failed sign-ins, the same for all web processes; made by a migration of `accounts`.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "sportsbr_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # so that counts are not pushed out by more of them
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["sportsbr.accounts.backends.LimitedBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "web:sign-in"
LOGIN_REDIRECT_URL = "web:recordings"
LOGOUT_REDIRECT_URL = "web:sign-in"

LANGUAGE_CODE = "en"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "sportsbr" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = ENV.data_dir / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns of a missing folder
STATICFILES_DIRS = [path for path in (BASE_DIR / "frontend" / "dist",) if path.is_dir()]
DJANGO_VITE = {
    "default": {
        "dev_mode": False,
        "manifest_path": BASE_DIR / "frontend" / "dist" / "manifest.json",
    },
}
WHITENOISE_USE_FINDERS = True

MEDIA_ROOT = ENV.data_dir / "media"
UPLOAD_DIR = ENV.data_dir / "uploads"
FILE_UPLOAD_HANDLERS = ["sportsbr.recordings.intake.BoundedFile"]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
if ENV.s3_bucket:
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": ENV.s3_bucket,
            "endpoint_url": ENV.s3_endpoint_url or None,
            "querystring_auth": True,
        },
    }

# The broker is a doorbell; the database is the truth. A lost message is rung again by the sweeper.
CELERY_BROKER_URL = ENV.broker_url or "filesystem://"
if not ENV.broker_url:
    _broker = ENV.data_dir / "broker"
    for _part in ("messages", "processed", "control"):
        (_broker / _part).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "messages"),
        "data_folder_out": str(_broker / "messages"),
        "processed_folder": str(_broker / "processed"),
        "control_folder": str(_broker / "control"),
        "polling_interval": 0.1,  # seconds; with 1.0, one message a second is all that gets through
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "sportsbr"
CELERY_BEAT_SCHEDULE_FILENAME = str(ENV.data_dir / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "workers.tasks.sweep",
        "schedule": max(1.0, ENV.lease_s / 4),
        "options": {"expires": max(1.0, ENV.lease_s / 4)},  # sweeps never pile up
    },
    "expire-uploads": {"task": "workers.tasks.expire_uploads", "schedule": 3600.0},
}

SPORTSBR_LEASE_S = ENV.lease_s
SPORTSBR_CHUNK_S = ENV.chunk_s
SPORTSBR_MAX_UPLOAD_BYTES = ENV.max_upload_bytes
SPORTSBR_MAX_ATTEMPTS = 3
SPORTSBR_UPLOAD_SLOTS = ENV.upload_slots
SPORTSBR_SIGN_IN_FAILURES = ENV.sign_in_failures
SPORTSBR_PROXIES = ENV.proxies
SPORTSBR_WRITER = ENV.writer
SPORTSBR_WRITER_WORDS = {
    "model": ENV.writer_model,
    "url": ENV.writer_url,
    "bits": ENV.writer_bits,
    "timeout_s": ENV.writer_timeout_s,
}
SPORTSBR_WRITER_KEY = ENV.writer_key
SPORTSBR_UPLOAD_LIFETIME_S = 7 * 24 * 3600

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "sportsbr.trace.WithRequestId"}},
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} {request_id} {message}", "style": "{"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["request_id"],
        },
    },
    "root": {"handlers": ["stderr"], "level": ENV.log_level},
}
