# Образ сервиса без встроенного PostgreSQL: база данных задаётся в CRM_DATABASE_URL.
ARG PYTHON_VERSION=3.12

# От редко меняющегося к частому: правка кода не ставит зависимости заново и не рассылает их.
FROM python:${PYTHON_VERSION}-slim AS dependencies
WORKDIR /build
COPY requirements requirements
RUN python -m pip install --no-cache-dir --require-hashes -r requirements/uv.txt
RUN uv venv --no-cache --python "$(command -v python)" /opt/crm-api \
    && uv pip install --no-cache --python /opt/crm-api --compile-bytecode \
        --require-hashes -r requirements/service.txt

# Опись состава (SBOM): её составляет программа, которой в образе нет.
FROM dependencies AS sbom
RUN uv venv --no-cache --python "$(command -v python)" /opt/supply \
    && uv pip install --no-cache --python /opt/supply --require-hashes -r requirements/supply.txt
COPY pyproject.toml .
RUN /opt/supply/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
        --output-file /opt/crm-api.cdx.json /opt/crm-api

FROM dependencies AS service
COPY . .
# Отдельно от зависимостей, но тем же строением папок: в образе они лягут в одно место.
RUN uv pip install --no-cache --python /opt/crm-api --prefix /opt/service --compile-bytecode \
        --no-deps --build-constraints requirements/build.txt .

FROM python:${PYTHON_VERSION}-slim
LABEL org.opencontainers.image.title="CRM API" \
    org.opencontainers.image.description="Customer registration over HTTP, stored in PostgreSQL" \
    org.opencontainers.image.version="0.1.0" \
    org.opencontainers.image.licenses="MIT"
# Номер постоянный: по нему выдают права на чужие тома. Домашней папки нет — писать негде.
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin crm
# В образе python стандартная библиотека без .pyc, а корень у нас только для чтения: без этого её
# разбирал бы заново каждый запуск, и каждая проверка здоровья тоже.
RUN python -m compileall -q -x '/(site|dist)-packages/|/(idlelib|tkinter|ensurepip|turtledemo)/' \
        "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
COPY --from=dependencies /opt/crm-api /opt/crm-api
COPY --from=sbom /opt/crm-api.cdx.json /opt/crm-api.cdx.json
COPY --from=service /opt/service /opt/crm-api
ENV PATH=/opt/crm-api/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CRM_HOST=0.0.0.0 \
    CRM_PORT=3001
# Папка кода не рабочая: .env и crm-api.toml сервис ищет там, откуда запущен.
WORKDIR /
USER 10001
EXPOSE 3001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-m", "entrypoints.health_check"]
CMD ["crm-api", "serve"]
