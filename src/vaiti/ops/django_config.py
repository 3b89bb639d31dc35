"""Builds Django's settings dictionary. Pure."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from vaiti.ops.sections.database import told_of_tls

ROOMS = (
    *("audit", "due", "people", "notice", "register", "access", "retention", "rights"),
    *("promises", "web"),
)
WEB = Path(__file__).resolve().parent.parent / "web"

CACHE_BYTES = 8 << 20
"""Of the database's pages that all connections of a process hold together (SQLite): a worker has
two dozen of them, each of which would fill a cache of its own as the book grows."""

SQLITE_OPTIONS = {
    # research: three writing processes lose nothing with these, a third of writes without them
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; "
    f"PRAGMA cache_size=-{CACHE_BYTES >> 10}; PRAGMA soft_heap_limit={CACHE_BYTES}; "
    "PRAGMA mmap_size=2147418112;",
}


def sqlite_database(path: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": dict(SQLITE_OPTIONS),
        "CONN_MAX_AGE": None,  # opening it reads the schema, and forgets what was cached
        "ATOMIC_REQUESTS": False,
    }


def postgresql_database(uri: str) -> dict[str, Any]:
    """Settings for a libpq URI such as postgresql://user:secret@host:5432/name."""
    parts = urlparse(uri)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "vaiti.audit.postgresql",
        "NAME": parts.path.lstrip("/") or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", parts.hostname or "")),
        "PORT": str(parts.port or ""),
        "OPTIONS": told_of_tls(uri),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }


def database_for_tests(uri: str) -> dict[str, Any]:
    """`sqlite:///path/to/file`, a libpq URI, or nothing for SQLite in memory."""
    if not uri:
        return sqlite_database(":memory:")
    if uri.startswith("sqlite://"):
        path = uri.removeprefix("sqlite://")
        return {**sqlite_database(path), "CONN_MAX_AGE": 0, "TEST": {"NAME": path}}
    return {**postgresql_database(uri), "CONN_MAX_AGE": 0}


INSTALLED_APPS = [
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    *(f"vaiti.{room}.apps.{room.capitalize()}Config" for room in ROOMS),
]

MIDDLEWARE = [
    "vaiti.web.http.middleware.security_headers",
    "vaiti.web.http.packing.packed",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "vaiti.web.http.unreadable.drop_cookies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "vaiti.web.http.middleware.moment",
    "vaiti.web.http.middleware.signed_in_person",
    "vaiti.web.http.middleware.chosen_language",
    "vaiti.web.http.refusals.noted",
    "vaiti.web.abroad.refused_abroad",
    "vaiti.web.http.unreadable.refuse",
    "vaiti.web.staff.reminders.reminded",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]

TEMPLATES = {
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "DIRS": [WEB / "templates"],
    "APP_DIRS": False,
    "OPTIONS": {
        "context_processors": [
            "django.template.context_processors.request",
            "django.template.context_processors.csrf",
            "vaiti.web.context.page",
        ],
        "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
    },
}

EVERYWHERE = {
    "DEBUG": False,
    "INSTALLED_APPS": INSTALLED_APPS,
    "MIDDLEWARE": MIDDLEWARE,
    "ROOT_URLCONF": "vaiti.web.urls",
    "TEMPLATES": [TEMPLATES],
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.ScryptPasswordHasher"],
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Strict",
    "SESSION_SERIALIZER": "django.contrib.sessions.serializers.JSONSerializer",
    "CSRF_COOKIE_HTTPONLY": True,
    "CSRF_USE_SESSIONS": True,
    "CSRF_FAILURE_VIEW": "vaiti.web.http.errors.form_expired",
    # a file that is sent never touches the disk; a larger one than this is not taken at all
    "FILE_UPLOAD_HANDLERS": ["vaiti.web.http.uploads.InMemory"],
    "USE_TZ": True,
    "TIME_ZONE": "UTC",
    "USE_I18N": True,
    "LANGUAGE_CODE": "en",
    "LANGUAGES": [("fi", "Suomi"), ("sv", "Svenska"), ("en", "English")],
    "LOCALE_PATHS": [WEB / "locale"],
    "STATIC_URL": "/static/",
    "STATICFILES_DIRS": [("", WEB / "static")],
    "WHITENOISE_USE_FINDERS": True,
    "LOGGING_CONFIG": None,
    "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
}


def django_settings(
    database: dict[str, Any],
    secret: str,
    hosts: list[str],
    secure: bool,
    session_s: int = 10 * 3600,
) -> dict[str, Any]:
    return {
        **EVERYWHERE,
        "SECRET_KEY": secret,
        "ALLOWED_HOSTS": hosts,
        "DATABASES": {"default": database},
        # such a name is taken from this very host only, over TLS only
        "SESSION_COOKIE_NAME": "__Host-sessionid" if secure else "sessionid",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_AGE": session_s,
        # behind the proxy that speaks TLS a request comes without it, but its forms say https
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https") if secure else None,
        "CSRF_TRUSTED_ORIGINS": [f"https://{host}" for host in hosts] if secure else [],
        "CSRF_COOKIE_SECURE": secure,
    }
