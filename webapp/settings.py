"""All settings, from the environment only. Unset means: one machine, one person, everything under `var/`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from webapp import env

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"

# --- Mode -----------------------------------------------------------------------------------------------------------
DEMO = env.flag("MEDGAZE_DEMO", False)  # random demo people may sign in; never on a public address
DEBUG = env.flag("DJANGO_DEBUG", False)
STATE_DIR = Path(env.text("MEDGAZE_STATE_DIR", str(BASE_DIR / "var"))).resolve()


def _secret_key() -> str:
    """From the environment; in demo mode a random one kept beside the database, so that a restart keeps sessions."""
    if not DEMO:
        return env.text("DJANGO_SECRET_KEY")
    import secrets

    path = STATE_DIR / "secret_key"
    try:
        if not path.exists():
            STATE_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(50), encoding="ascii")
        return path.read_text(encoding="ascii")
    except OSError as error:
        raise ImproperlyConfigured(
            f"The folder {STATE_DIR} cannot be written ({error.strerror}). "
            "Make it yours, or set MEDGAZE_STATE_DIR to another one."
        ) from error


SECRET_KEY = _secret_key()
DEIDENTIFY_KEY = env.text("MEDGAZE_DEIDENTIFY_KEY", SECRET_KEY)  # keyed HMAC of UIDs; keep it apart in production
ALLOWED_HOSTS = env.words("DJANGO_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("DJANGO_TRUSTED_ORIGINS")
SECURE = env.flag("MEDGAZE_HTTPS", not DEMO and not DEBUG)  # cookies and HSTS for https; off on loopback

# --- Applications ---------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "gazeapp.core",
    "gazeapp.accounts",
    "gazeapp.cases",
    "gazeapp.recordings",
    "gazeapp.scanpaths",
    "gazeapp.practice",
    "gazeapp.ratings",
    "gazeapp.difficulty",
    "gazeapp.exports",
    "gazeapp.training",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "channels",
    "csp",
    "django_celery_beat",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "gazeapp.core.middleware.NothingKept",
    "gazeapp.core.middleware.ComeBack",
    "gazeapp.core.middleware.RequestGuard",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
]
ROOT_URLCONF = "webapp.urls"
ASGI_APPLICATION = "webapp.asgi.application"
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
                "gazeapp.core.context.page",
            ]
        },
    }
]

# --- Database -------------------------------------------------------------------------------------------------------


def _database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": parts.path or str(STATE_DIR / "db.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
            # A file, not memory: live tests open it from several processes.
            "TEST": {"NAME": str(STATE_DIR / "test.sqlite3")},
        }
    if parts.scheme in {"postgres", "postgresql"} and (port := _port(parts)) is not None:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": port,
            "CONN_MAX_AGE": 0,
            "OPTIONS": {"connect_timeout": 5},  # a server that hangs counts as down after this many seconds
        }
    raise ImproperlyConfigured(
        "DATABASE_URL must be sqlite:// or postgresql://user:password@host:port/name; for the usual file leave it out."
    )


def _port(parts: SplitResult) -> str | None:
    """As it stands there, empty without one; None where it is no number."""
    try:
        return str(parts.port or "")
    except ValueError:
        return None


DATABASES = {"default": _database(env.text("DATABASE_URL", "sqlite://"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Broker, live messages, cache -----------------------------------------------------------------------------------
REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379").rstrip("/")  # `manage.py up` sets it for its children
if urlsplit(REDIS_URL).scheme not in {"redis", "rediss", "unix"} or _port(urlsplit(REDIS_URL)) is None:
    raise ImproperlyConfigured(
        "REDIS_URL must be redis://host:port, rediss://host:port or unix:///path; `manage.py up` needs none."
    )


def _redis(database: int) -> str:
    """Broker and live messages each have a logical database of the same server."""
    if REDIS_URL.startswith("unix:"):
        return f"{REDIS_URL}?db={database}"
    return f"{REDIS_URL}/{database}"


BROKER_CALL_SECONDS = 1.0  # nobody waits longer for an answer of the broker; a worker's connection waits five
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # redis-py's own default socket timeout would close idle sockets (reference: django/channels_redis#422).
        # Whoever sends through it, or joins a group, brings a deadline.
        "CONFIG": {
            "hosts": [{"address": _redis(1), "socket_timeout": None, "socket_connect_timeout": BROKER_CALL_SECONDS}],
            "prefix": "live",
        },
    }
}
# In the database, so that sign-in and its rate limits outlive the broker.
# Roomy: a full cache drops what is still counted, and filling it would be a way around the limits.
CACHES = {
    "default": {
        "BACKEND": "gazeapp.core.cache.StrictDatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

CELERY_BROKER_URL = _redis(0)
CELERY_TASK_TIME_LIMIT = env.number("MEDGAZE_TASK_SECONDS", 900)  # of a job whose kind stands not below
CELERY_TASK_SOFT_TIME_LIMIT = int(0.9 * CELERY_TASK_TIME_LIMIT)
JOB_SECONDS = {  # kind of job → how long one may take; its worker keeps this (worker/limits.py)
    "train": env.number("MEDGAZE_TRAIN_SECONDS", 6 * 3600),
    "judge": env.number("MEDGAZE_JUDGE_SECONDS", 3600),
    "release": env.number("MEDGAZE_RELEASE_SECONDS", 3600),
}
LONGEST_JOB_SECONDS = max(CELERY_TASK_TIME_LIMIT, *JOB_SECONDS.values())
# A wake-up that outlives the visibility timeout is sent to another worker, which finds its job running and takes the
# next one, before its turn. The timeout exceeds every limit; it is the same for all, since a broker has the shortest.
_VISIBILITY_TIMEOUT = int(1.1 * LONGEST_JOB_SECONDS) + 120
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": _VISIBILITY_TIMEOUT,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_timeout": BROKER_CALL_SECONDS,
    "socket_connect_timeout": BROKER_CALL_SECONDS,
    "socket_keepalive": True,
    "max_retries": 0,  # of making a connection while somebody waits to send; a worker's own goes on trying
}
CELERY_VISIBILITY_TIMEOUT = _VISIBILITY_TIMEOUT
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = "UTC"

# --- Jobs (reference: docs/operations.md) -----------------------------------------------------------------------------
JOB_LEASE_SECONDS = env.number("MEDGAZE_JOB_LEASE_SECONDS", 20)
JOB_HEARTBEAT_SECONDS = env.number("MEDGAZE_JOB_HEARTBEAT_SECONDS", 5)
JOB_RECONCILE_SECONDS = env.number("MEDGAZE_JOB_RECONCILE_SECONDS", 10)
JOB_REPUBLISH_SECONDS = env.number("MEDGAZE_JOB_REPUBLISH_SECONDS", 15)  # a job queued this long is looked after
JOB_GRACE_SECONDS = env.number("MEDGAZE_JOB_GRACE_SECONDS", 2)  # for living workers to renew after a database outage
JOB_STRIKES = 3
STOP_SECONDS = env.number("MEDGAZE_STOP_SECONDS", 10)  # for processes to stop; a worker gives its job back after half
HEALTH_SECONDS = env.number("MEDGAZE_HEALTH_SECONDS", 5)  # how often `up` asks broker and workers whether they live
SILENT_SECONDS = env.number("MEDGAZE_SILENT_SECONDS", 20)  # what gives no sign of life this long is started again
START_SECONDS = env.number("MEDGAZE_START_SECONDS", 90)  # the same for what gave none since its start
EVENT_RETENTION_DAYS = env.number("MEDGAZE_EVENT_DAYS", 30)  # older readers get a snapshot instead

# --- Files ----------------------------------------------------------------------------------------------------------
MEDIA_ROOT = STATE_DIR / "media"  # de-identified only: films, thumbnails
QUARANTINE_DIR = STATE_DIR / "quarantine"  # originals for the minutes until they are taken in, mode 0700
DISK_LOW_BYTES = env.number("MEDGAZE_DISK_LOW_MB", 2048) * 1024 * 1024  # with less than this free, admins are warned
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATICFILES_DIRS = [("dist", BASE_DIR / "static" / "dist")]  # built by Vite
STATIC_ROOT = STATE_DIR / "static"
UPLOAD_MAX_BYTES = env.number("MEDGAZE_UPLOAD_MAX_MB", 200) * 1024 * 1024
SANDBOX_REQUIRED = env.flag("MEDGAZE_SANDBOX_REQUIRED", False)  # no foreign file without all that `core.sandbox` uses
UPLOAD_CHUNK_MAX_BYTES = 8 * 1024 * 1024  # of one tus PATCH; the client sends more of them
FILE_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_CHUNK_MAX_BYTES  # such a piece stays in memory on its way to quarantine
UPLOAD_EXPIRES = timedelta(hours=24)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # of a form or JSON body; films do not pass here
# How much of each one person may have open at a time; one more is refused with 429. Commands and schedules may.
UPLOADS_OPEN = env.number("MEDGAZE_UPLOADS_OPEN", 100)  # films whose bytes come, or that wait to be taken in
IMPORTS_OPEN = env.number("MEDGAZE_IMPORTS_OPEN", 20)  # gaze files that wait or are being matched
PREDICTIONS_OPEN = env.number("MEDGAZE_PREDICTIONS_OPEN", 50)  # that wait or run
REQUESTS_OPEN = env.number("MEDGAZE_REQUESTS_OPEN", 10)  # for releases, undecided or in the making
RUNS_OPEN = env.number("MEDGAZE_RUNS_OPEN", 5)  # trainings that wait or run
MEDGAZE_MODEL = Path(env.text("MEDGAZE_MODEL", str(BASE_DIR / "ml" / "weights" / "demo")))
MEDGAZE_DEVICE = env.text("MEDGAZE_DEVICE", "auto")
TRAIN_THREADS = env.number("MEDGAZE_TRAIN_THREADS", 1)  # of a training; more slow down predictions beside it

# --- People ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["gazeapp.accounts.backends.PeopleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "gazeapp.accounts.adapter.AccountAdapter"  # people are made by an admin, not by signing up
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "MedGaze Reading Room"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_ENGINE = "django.contrib.sessions.backends.db"
ACCOUNT_FORMS = {"change_password": "gazeapp.accounts.forms.ChangePasswordForm"}
MFA_FORMS = {"activate_totp": "gazeapp.accounts.forms.ActivateTOTPForm"}
# How often one may try (tries/time/by what). What is refused is not counted, so that nobody is locked out for ever.
ACCOUNT_RATE_LIMITS = {
    "password_here": "5/15m/key",  # wrong passwords for one person from one address, or in one browser they know
    "password_anywhere": "50/h/key",  # and from all addresses together, browsers they know left out
    "login_failed": "5/15m/key,20/d/key",  # wrong codes of the second factor, by person; allauth names it so
    "login": "300/m/ip",  # tries of all kinds; a hospital has one address, and allauth's 30 would shut it out
    "link": "20/m/ip",  # looks at one-time links
    "make_link": "20/h/user",
}

# --- Mail (only where it is configured; without it nothing is sent and no page offers to) -----------------------------
EMAIL_HOST = env.text("EMAIL_HOST", "")
MAIL = bool(EMAIL_HOST)
EMAIL_BACKEND = (
    "gazeapp.accounts.mail.BackgroundEmailBackend" if MAIL else "django.core.mail.backends.dummy.EmailBackend"
)
EMAIL_TIMEOUT = 20
if MAIL:
    EMAIL_PORT = env.number("EMAIL_PORT", 587)
    EMAIL_HOST_USER = env.text("EMAIL_USER", "")
    EMAIL_HOST_PASSWORD = env.text("EMAIL_PASSWORD", "")
    EMAIL_USE_SSL = EMAIL_PORT == 465
    EMAIL_USE_TLS = env.flag("EMAIL_STARTTLS", not EMAIL_USE_SSL)
    DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "")
    if not DEFAULT_FROM_EMAIL:
        raise ImproperlyConfigured("Set EMAIL_FROM in the environment: the sender of what EMAIL_HOST sends.")
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # a stranger's address gets no mail from here

# --- Security -------------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = SECURE
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
if SECURE:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "gazeapp.core.error_responses.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "microphone", "geolocation", "payment", "usb", "serial", "midi")
}

# --- API ------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "gazeapp.accounts.tokens.ScopedTokens",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["gazeapp.core.permissions.HasAnyRole"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["gazeapp.core.parsers.JsonObject"],
    "DEFAULT_PAGINATION_CLASS": "gazeapp.core.pagination.NewestFirst",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "gazeapp.core.error_responses.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
KNOX_TOKEN_MODEL = "knox.AuthToken"
REST_KNOX = {
    "TOKEN_TTL": timedelta(days=90),
    "TOKEN_LIMIT_PER_USER": 10,
    "AUTH_HEADER_PREFIX": "Bearer",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "MedGaze Reading Room API",
    "DESCRIPTION": "Cases, films, predicted readings and jobs. For training, not for diagnosis.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "gazeapp.core.schema.add_problems",
    ],
    "ENUM_NAME_OVERRIDES": {
        "CaseState": "gazeapp.cases.models.Case.State",
        "JobState": "gazeapp.core.models.Job.State",
        "AttemptState": "gazeapp.practice.models.Attempt.State",
        "AttemptAnswer": "gazeapp.practice.models.Attempt.Answer",
        "ImportState": "gazeapp.recordings.models.ImportSession.State",
        "RecordingState": "gazeapp.recordings.models.Recording.State",
        "KeyState": "gazeapp.cases.models.AnswerKey.State",
        "StudyState": "gazeapp.ratings.models.Study.State",
        "RequestState": "gazeapp.exports.models.DataRequest.State",
        "RequestFilmsState": "gazeapp.exports.models.DataRequest.Films",
        "ReleaseState": "gazeapp.exports.models.Release.State",
        "HarderSide": ["left", "right", "equal"],
        "GazeSource": "gazeapp.recordings.models.Source",
        "ModelVersionState": "gazeapp.scanpaths.models.ModelVersion.State",
        "RunDataKind": "gazeapp.training.models.TrainingRun.Kind",
        "SourceKind": "gazeapp.ratings.models.Source.Kind",
        "Importance": "gazeapp.cases.models.Finding.Importance",
        "JobQueue": "gazeapp.core.models.Job.Queue",
    },
}

# --- Language, time, log --------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "class": "gazeapp.accounts.logs.RedactingFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"handlers": ["console"], "propagate": False},  # `runserver` logs every address
        # Their lines hold addresses, and those may hold a secret; gazeapp.core.error_responses logs without them.
        "django.request": {"level": "CRITICAL"},
        "django.security": {"level": "CRITICAL"},
    },
}
