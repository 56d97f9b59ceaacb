"""Тот же сервис без замеров, с одним номером на все запросы: сколько они стоят, видно рядом."""

from dependency_injector import providers

from adapters.write_observer import SilentWriteObserver
from entrypoints.cli.crm_api import crm_api
from entrypoints.container import Container
from entrypoints.http.cors import CorsPolicy
from entrypoints.http.request_lifecycle import RequestContext, RequestLifecycle

_NO_ID = b"-"


class Unobserved(RequestLifecycle):
    """``RequestLifecycle`` без замеров; номера он не придумывает: у всех запросов он один."""

    def __init__(self, cors: CorsPolicy) -> None:
        super().__init__(cors, lambda *_: lambda _: None)

    def begin(self, given_id: bytes | None, origin: bytes | None) -> RequestContext:
        """Начинает запрос с общим номером."""
        del given_id
        return super().begin(_NO_ID, origin)


if __name__ == "__main__":
    Container.http.lifecycle.override(
        providers.Singleton(
            Unobserved, providers.Factory(CorsPolicy, Container.settings.provided.cors_origins)
        )
    )
    Container.write_observer.override(providers.Singleton(SilentWriteObserver))
    crm_api(["serve"])
