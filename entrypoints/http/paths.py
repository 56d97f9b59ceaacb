"""Пути, о которых знают не одни маршруты: замеры, журнал, короткий путь, описание OpenAPI."""

REGISTER = "/register"
HEALTH = "/health"
READY = "/health/ready"
METRICS = "/metrics"
