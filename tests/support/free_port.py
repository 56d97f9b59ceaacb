"""Свободный порт этой машины."""

import socket


def free_port() -> int:
    """Называет порт, который сейчас свободен: для тех, кому он нужен раньше, чем на нём слушают."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        return int(opened.getsockname()[1])
