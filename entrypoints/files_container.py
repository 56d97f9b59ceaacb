"""Часть контейнера: файл, который загружают, и файлы рядом с ним."""

from dependency_injector import containers, providers

from adapters.csv.file import CsvFile
from adapters.csv.file_options import CsvOptions
from adapters.csv.findings import Finding as CsvFinding
from adapters.csv.opening import opened_csv
from adapters.csv.rejects import AlreadyThere, Rejects, opened_already_there, opened_rejects
from adapters.csv.rows_file import check_apart

type ImportedFile = CsvFile
"""Файл, который загружает ``crm-api import``."""

type Finding = CsvFinding
"""Замеченное в ячейках этого файла."""

type AlreadyThereFile = AlreadyThere
"""Файл уже бывших этой команды."""

type RejectsFile = Rejects
"""Файл отказов этой команды."""


class Files(containers.DeclarativeContainer):
    """Провайдеры файлов загрузки."""

    options = providers.Factory(CsvOptions)
    imported = providers.Factory(opened_csv)
    check_apart = providers.Callable(check_apart)
    rejects = providers.Factory(opened_rejects)
    already_there = providers.Factory(opened_already_there)
