"""Генераторы, их версии и как каждый из них пробуют."""

from attrs import frozen

_TSC = (
    "tsc --strict --noEmit --skipLibCheck --module esnext --moduleResolution bundler"
    " --target es2022 --lib es2022,dom,dom.iterable --types node"
)
_TYPESCRIPT = ("typescript@5.9.3", "@types/node@20.19.43")

_PYDANTIC = "--output-model-type pydantic_v2.BaseModel --target-python-version 3.11"


@frozen
class Tool:
    """Генератор.

    Attributes:
        packages: что поставить, первым — он сам; у пакетов Python версия после ``==``.
        steps: команды; каждая должна кончиться успехом.
        note: с чем он работает или чего не умеет.
        files: файлы, которые нужны его командам: имя и содержимое.
    """

    packages: tuple[str, ...]
    steps: tuple[str, ...]
    note: str = ""
    files: tuple[tuple[str, str], ...] = ()

    @property
    def is_python(self) -> bool:
        """Пакет ли это Python."""
        return "==" in self.packages[0]


def _typescript(generate: str, compiled: str, *packages: str, note: str = "") -> Tool:
    """Клиент на TypeScript: сделать и проверить типы."""
    steps = (generate, f"{_TSC} {compiled}")
    return Tool((*packages, *_TYPESCRIPT), steps, note=note)


_RTK_CONFIG = (
    'module.exports = {schemaFile: "./openapi.json", apiFile: "./empty.ts",'
    ' apiImport: "emptyApi", outputFile: "./out.ts"};'
)
_RTK_EMPTY = (
    'import { createApi, fetchBaseQuery } from "@reduxjs/toolkit/query";\n'
    "export const emptyApi = createApi({\n"
    '  baseQuery: fetchBaseQuery({ baseUrl: "/" }), endpoints: () => ({}),\n'
    "});\n"
)

TOOLS = (
    _typescript(
        "openapi-typescript openapi.json --output schema.d.ts",
        "schema.d.ts",
        "openapi-typescript@7.13.0",
        note="openapi-fetch 0.17.0 as its client; registers in CI",
    ),
    _typescript(
        "openapi-ts --input openapi.json --output out --client @hey-api/client-fetch",
        "out/index.ts",
        "@hey-api/openapi-ts@0.95.0",
        note="the client `@hey-api/client-fetch`; registers in CI",
    ),
    _typescript(
        "orval --input openapi.json --output out/api.ts --client fetch",
        "out/api.ts",
        "orval@7.13.2",
        note="`--client fetch`: with newer axios its axios client breaks `--strict`",
    ),
    _typescript(
        "oazapfts openapi.json out.ts", "out.ts", "oazapfts@7.5.0", "@oazapfts/runtime@1.2.0"
    ),
    _typescript(
        "swagger-typescript-api generate -p openapi.json -o out",
        "out/Api.ts",
        "swagger-typescript-api@13.13.0",
        note="`CRM_PUBLIC_URL`",
    ),
    _typescript(
        "openapi --input openapi.json --output out",
        "out/index.ts",
        "openapi-typescript-codegen@0.31.0",
    ),
    _typescript(
        "openapi-zod-client openapi.json -o out.ts",
        "out.ts",
        "openapi-zod-client@1.18.3",
        "zod@3",
        "@zodios/core@10",
        "axios@1",
    ),
    _typescript("typed-openapi openapi.json -o out.ts", "out.ts", "typed-openapi@2.2.7"),
    Tool(
        (
            "@rtk-query/codegen-openapi@2.2.0",
            "@reduxjs/toolkit@2",
            *_TYPESCRIPT,
        ),
        ("rtk-query-codegen-openapi config.cjs", f"{_TSC} out.ts"),
        files=(("config.cjs", _RTK_CONFIG), ("empty.ts", _RTK_EMPTY)),
    ),
    Tool(("openapi-to-postmanv2@6.3.3",), ("openapi2postmanv2 -s openapi.json -o out.json",)),
    Tool(("@redocly/cli@2.77.0",), ("redocly lint --extends recommended-strict openapi.json",)),
    Tool(
        ("@stoplight/spectral-cli@6.16.3",),
        ("spectral lint --fail-severity hint openapi.json",),
        files=((".spectral.yaml", 'extends: ["spectral:oas"]\n'),),
    ),
    Tool(
        ("openapi-python-client==0.29.1", "ruff==0.15.20", "mypy==2.4.1"),
        (
            "openapi-python-client generate --path openapi.json --meta none --output-path out",
            "mypy --strict out",
        ),
        note="ruff 0.15.20, or with none: a newer one breaks its types; registers in CI",
    ),
    Tool(
        ("openapi-generator-cli==7.26.0",),
        ("openapi-generator-cli generate -i openapi.json -g python -o out",),
        note="Java; `CRM_PUBLIC_URL`; here `-g python`, generated and not checked further",
    ),
    Tool(
        ("datamodel-code-generator==0.89.0", "pydantic==2.14.4", "email-validator==2.4.0"),
        (
            f"datamodel-codegen --input openapi.json --output out.py {_PYDANTIC}",
            "python out.py",
        ),
        note="`email-validator`, which refuses some addresses that the service takes; models alone",
    ),
    Tool(
        ("pyopenapi-gen==0.8.3",),
        ("pyopenapi-gen openapi.json --project-root . --output-package crm",),
        note="its command fails with a current click, whatever the document",
    ),
    Tool(
        ("openapi-core==0.23.1",),
        ("python -c \"from openapi_core import OpenAPI; OpenAPI.from_file_path('openapi.json')\"",),
        note="requests, which it reads and validates; makes no client",
    ),
)
"""Все опробованные, клиенты первыми."""
