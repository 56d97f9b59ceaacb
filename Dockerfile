# Образ сервиса без встроенного PostgreSQL: база данных задаётся в CRM_DATABASE_URL.
ARG PYTHON_VERSION=3.12

FROM python:${PYTHON_VERSION}-slim AS build
WORKDIR /build
# От редко меняющегося к частому: правка кода не ставит зависимости заново.
COPY requirements requirements
RUN python -m pip install --no-cache-dir --require-hashes -r requirements/uv.txt
RUN uv venv --no-cache --python "$(command -v python)" /opt/crm-api \
    && uv pip install --no-cache --python /opt/crm-api --compile-bytecode \
        --require-hashes -r requirements/service.txt
COPY . .
RUN uv pip install --no-cache --python /opt/crm-api --compile-bytecode \
        --no-deps --build-constraints requirements/build.txt .

FROM python:${PYTHON_VERSION}-slim
# Номер постоянный: по нему выдают права на чужие тома. Домашней папки нет — писать негде.
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin crm
COPY --from=build /opt/crm-api /opt/crm-api
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
# Без urllib: он пошёл бы через прокси из окружения.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["python", "-c", "\
import http.client, os; \
service = http.client.HTTPConnection('127.0.0.1', int(os.environ['CRM_PORT'])); \
service.request('GET', '/health'); \
raise SystemExit(service.getresponse().status != 200)"]
CMD ["crm-api", "serve"]
