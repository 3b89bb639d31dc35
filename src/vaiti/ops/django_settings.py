"""Django's settings, made from the one settings file of a data folder.

`VAITI_DATA` names the data folder. Without it (tests, makemigrations, mypy) the database is
SQLite in memory, or the PostgreSQL server that `VAITI_TEST_DATABASE` names as a libpq URI.
"""

from vaiti.ops.django_config import django_settings_from_environment

globals().update(django_settings_from_environment())
