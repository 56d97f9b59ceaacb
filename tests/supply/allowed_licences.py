"""Какие лицензии позволены зависимостям. Решает один этот список."""

ALLOWED = frozenset(
    {
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "LGPL-3.0-only",  # psycopg: импортируется, а не переделывается, и заменить его можно
        "MIT",
        "MPL-2.0",  # открывать надо правки самих файлов, а мы их не правим
        "PSF-2.0",
    }
)
"""Позволенные лицензии, как их называет список SPDX."""

SPELT_OTHERWISE = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD License": "BSD-3-Clause",  # классификатор не говорит, которая из двух; позволены обе
    "ISC License": "ISC",
    "MIT License": "MIT",
    "MIT license": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""Как позволенное пишут пакеты, у которых лицензия сказана не выражением SPDX (до PEP 639)."""
