"""Подписчики, которым события шлют по HTTP (Standard Webhooks)."""
