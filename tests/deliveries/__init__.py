"""``make delivery-test``: отказы одного узла, во время которых о каждом узнают двое подписчиков.

Коротко — в ``tests/integration/project/test_faults.py``.
"""
