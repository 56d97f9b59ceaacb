"""Тесты ``adapters/webhooks``."""
