"""Чем запросы браузера со страницы магазина отличаются от остальных."""

SHOP = "https://shop.example"
"""Источник страницы: значение заголовка ``Origin``."""

PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-any"}
"""Заголовки предварительного запроса CORS, кроме ``Origin``."""
