"""Наименьшие настройки Django; где база данных покупателей, говорит ``CRM_DATABASE_URL``."""

SECRET_KEY = "only for the example"  # noqa: S105 — пример, тайн у него нет
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS = ["shop"]
ROOT_URLCONF = "shop.urls"
USE_TZ = True
