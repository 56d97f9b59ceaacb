"""Что стоит за портами (память, PostgreSQL, CSV), и рядом часы, Prometheus и OpenTelemetry."""
