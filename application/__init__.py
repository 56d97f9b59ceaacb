"""Варианты использования (use cases) и порты (ports). Только domain, stdlib и attrs."""
