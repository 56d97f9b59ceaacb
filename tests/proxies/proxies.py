"""Прокси: как запустить каждого с файлом из ``deploy/proxies``."""

import re
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from tests.support.eventually import eventually
from tests.support.project import ROOT
from tests.support.required_programs import required

_FILES = ROOT / "deploy" / "proxies"
_STOP_SECONDS = 30
# Файл для /etc/nginx/conf.d; вокруг него — то, что обычно в nginx.conf.
_NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    include {file};
}}
"""
_APACHE_MODULES = (
    *("mpm_event", "authz_core", "headers", "proxy", "proxy_http", "proxy_balancer"),
    *("proxy_hcheck", "lbmethod_bybusyness", "slotmem_shm"),
)
_APACHE = """
ServerName 127.0.0.1
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
DefaultRuntimeDir {folder}
Include {file}
"""
_APACHE_READY = "hcmethod=GET hcuri=/health/ready"
_VARNISH_APART = {
    "    .probe = ready;\n": "",
    "# import std": "import std",
    "# backend ready": "backend ready",
    "# if (!std": "if (!std",
}


@frozen
class Proxy:
    """Прокси.

    Attributes:
        name: имя в таблице.
        file: файл в ``deploy/proxies``.
        package: пакет Debian.
        command: чем запустить: дан файл, папка и порт.
        apart: что в файле меняют на что, когда у процессов есть ``CRM_OPERATIONS_PORT``.
    """

    name: str
    file: str
    package: str
    command: Callable[[Path, Path, int], list[str]]
    apart: Mapping[str, str]


def _nginx(file: Path, folder: Path, _port: int) -> list[str]:
    whole = folder / "nginx-whole.conf"
    whole.write_text(_NGINX.format(folder=folder, file=file), encoding="utf-8")
    return [required("nginx"), "-p", str(folder), "-c", str(whole), "-e", str(folder / "error.log")]


def _haproxy(file: Path, _folder: Path, _port: int) -> list[str]:
    return [required("haproxy"), "-db", "-f", str(file)]


def _caddy(file: Path, _folder: Path, _port: int) -> list[str]:
    return [required("caddy"), "run", "--config", str(file), "--adapter", "caddyfile"]


def _apache(file: Path, folder: Path, _port: int) -> list[str]:
    whole = folder / "apache-whole.conf"
    modules = "".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"
        for name in _APACHE_MODULES
    )
    text = modules + _APACHE.format(folder=folder, file=file)
    whole.write_text(text, encoding="utf-8")
    return [required("apache2"), "-f", str(whole), "-D", "FOREGROUND"]


def _varnish(file: Path, folder: Path, port: int) -> list[str]:
    address = f"127.0.0.1:{port}"
    options = ["-F", "-a", address, "-f", str(file), "-n", str(folder / "varnish")]
    return [required("varnishd", "varnish"), *options, "-s", "malloc,64m"]


PROXIES = (
    Proxy("HAProxy", "haproxy.cfg", "haproxy", _haproxy, {"# port": "port"}),
    Proxy("nginx", "nginx.conf", "nginx", _nginx, {}),
    Proxy("Caddy", "Caddyfile", "caddy", _caddy, {"# health_port": "health_port"}),
    Proxy("Apache", "apache.conf", "apache2", _apache, {_APACHE_READY: "hcmethod=TCP"}),
    Proxy("Varnish", "varnish.vcl", "varnish", _varnish, _VARNISH_APART),
)


def with_ports(text: str, ports: Mapping[int, int]) -> str:
    """Меняет в файле порты: каких в нём нет, о тех файл ничего и не говорит."""
    return re.sub(r"\b(\d+)\b", lambda found: str(ports.get(int(found[1]), found[1])), text)


@contextmanager
def running_proxy(
    proxy: Proxy,
    folder: Path,
    ports: Mapping[int, int],
    *,
    is_limited: bool = False,
    is_apart: bool = False,
) -> Iterator[str]:
    """Держит прокси запущенным, пока открыт контекст; даёт его адрес.

    Args:
        proxy: какой.
        folder: папка для его файлов и журнала.
        ports: порты из файла и те, которые взять вместо них.
        is_limited: оставить ли предел запросов из файла; нагрузке он мешает: покупатель там один.
        is_apart: файл — для процессов с ``CRM_OPERATIONS_PORT``, как в нём о том и сказано.

    Raises:
        tests.support.required_programs.ToolMissingError: он не установлен.
    """
    port = ports[8080]
    file = folder / proxy.file
    text = with_ports(_file_of(proxy, is_limited=is_limited, is_apart=is_apart), ports)
    file.write_text(text, encoding="utf-8")
    command = proxy.command(file, folder, port)
    with (folder / "output.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 — команда собрана здесь
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0
        )
    try:
        eventually(lambda: _listens(process, port, folder))
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(_STOP_SECONDS)


def _file_of(proxy: Proxy, *, is_limited: bool, is_apart: bool) -> str:
    text = (_FILES / proxy.file).read_text(encoding="utf-8")
    for old, new in proxy.apart.items() if is_apart else ():
        assert old in text, (proxy.file, old)
        text = text.replace(old, new)
    return text if is_limited else text.replace("limit_req zone=", "# limit_req zone=")


def _listens(process: subprocess.Popen[bytes], port: int, folder: Path) -> bool:
    assert process.poll() is None, (folder / "output.log").read_text(errors="replace")
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True
