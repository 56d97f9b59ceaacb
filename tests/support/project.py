"""Где лежит сам проект."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
"""Корень клона."""
