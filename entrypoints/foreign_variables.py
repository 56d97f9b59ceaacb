"""Переменные ``CRM_…``, которые сервису не настройки: их задал Kubernetes или чужая программа."""

import difflib
import re
from collections.abc import Collection, Mapping

from attrs import frozen

# Что kubelet кладёт в каждый под о каждой службе S (kubernetes, pkg/kubelet/envvars/envvars.go);
# S_PORT узнаётся по значению: такое имя бывает и у настройки.
_OF_A_SERVICE = re.compile(
    "[A-Z0-9_]+_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?"
    "|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
_ADDRESS = re.compile(r"(tcp|udp|sctp)://\S+:[0-9]+")
_NEAR = 0.61  # доля общих знаков, с которой имя — описка, а не чужое


@frozen
class Variables:
    """Переменные с префиксом сервиса, разобранные по тому, чьи они.

    Attributes:
        given: настройки и описки в них: имя и значение.
        ignored: по строке для оператора о каждой, которая могла бы показаться настройкой.
    """

    given: dict[str, object]
    ignored: list[str]


def sorted_out(variables: Mapping[str, str], settings: Collection[str]) -> Variables:
    """Отделяет настройки от чужого.

    Args:
        variables: переменные с префиксом сервиса.
        settings: имена настроек.
    """
    given: dict[str, object] = {}
    ignored = []
    for name, value in variables.items():
        if _is_of_kubernetes(name, value):
            if name in settings:
                ignored.append(
                    f"{name} is what Kubernetes says of a Service and not taken for a setting:"
                    " enableServiceLinks: false in the pod keeps it out"
                )
        elif is_meant(name, settings):
            given[name] = value
        else:
            # За двоеточием бывает и значение: его не показывают.
            shown = name.partition(":")[0]
            ignored.append(f"{shown} is not a setting; crm-api settings shows them all")
    return Variables(given, ignored)


def is_meant(name: str, settings: Collection[str]) -> bool:
    """Говорит, что это имя настройки или описка в нём."""
    return name in settings or near(name, settings) is not None


def near(name: str, settings: Collection[str]) -> str | None:
    """Находит настройку, описка в которой — это имя; префикс не в счёт: он общий у всех."""
    by_word = {setting.partition("_")[2]: setting for setting in settings}
    close = difflib.get_close_matches(name.partition("_")[2], by_word, n=1, cutoff=_NEAR)
    return by_word[close[0]] if close else None


def _is_of_kubernetes(name: str, value: str) -> bool:
    if _OF_A_SERVICE.fullmatch(name):
        return True
    return name.endswith("_PORT") and _ADDRESS.fullmatch(value) is not None
