"""Тесты ``adapters/nats``."""
