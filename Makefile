# Две главные команды: `make run` и `make test`. Нужны им только python3, make и сеть.

# Только из командной строки (make test PYTHON=3.13): в окружении такое имя бывает чужим.
PYTHON :=
VENV   := .venv$(if $(PYTHON),-$(notdir $(PYTHON)))
BIN    := $(VENV)/bin
UV     := .uv/bin/uv

# Отметки «установлено» помнят, где лежит клон: перенесённое окружение не работает, и его надо
# собрать заново.
HERE    := $(firstword $(shell pwd -P | cksum))
SERVICE := $(VENV)/service-$(HERE)
DEV     := $(VENV)/dev-$(HERE)
PEERS   := .venv-peers/ready-$(HERE)
GO_PEER := .venv-peers/go-peer
CHART   := $(VENV)/chart-$(HERE)
PATRONI := .venv-cluster/ready-$(HERE)
COMPOSE := $(VENV)/compose-$(HERE)
POSTGRES := .venv-postgres/ready-$(HERE)
KUBERNETES := .venv-kubernetes/ready-$(HERE)
SUPPLY  := .venv-supply/ready-$(HERE)

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Сигнал получает сам сервис: оболочки между ним и make нет.
.PHONY: run
run: $(SERVICE) ## Start the service; CRM_ variables configure it
	@exec $(BIN)/crm-api serve

# Процессов столько, сколько ядер. Файл весь идёт в одном: у его тестов бывает общий сервер. Порядок
# файлов — наш (tests/conftest.py): долгие первыми.
IN_PARALLEL = -n auto --dist loadfile --no-loadscope-reorder
PYTEST = $(BIN)/pytest $(IN_PARALLEL)

# Без TESTS — все.
TESTS :=
.PHONY: test
test: $(DEV) ## Run all tests; PYTHON=3.13 picks another Python, TESTS=tests/unit some of them
	$(PYTEST) $(TESTS)

.PHONY: test-unit
test-unit: $(DEV) ## Run the unit tests: no database, two minutes
	$(PYTEST) tests/unit

# Без VERSION — все версии; строки испытанных в таблице документации пишутся заново.
VERSION :=
.PHONY: test-postgres
test-postgres: $(POSTGRES) $(DEV) ## Test on PostgreSQL 14 to 18; VERSION=14 picks one; needs npm
	@exec $(BIN)/python -m tests.matrix .venv-postgres $(VERSION)

.PHONY: coverage
coverage: $(DEV) ## Run the unit tests and require full coverage of the core
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(IN_PARALLEL) tests/unit
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

.PHONY: lint
lint: $(DEV) ## Check style, types, layers and docker-compose.yml
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

# Части и сколько каждая длится: make bench PART=--help.
PART :=
.PHONY: bench bench-path bench-bodies
bench: $(CHART) $(GO_PEER) ## Measure beside pgbench and peers; needs wrk and Node, takes 45 minutes
	$(BIN)/python -m benchmarks $(PART)
bench-path: $(DEV) ## Count the Python calls and files of one registration; takes seconds
	$(BIN)/python -m benchmarks path
bench-bodies: $(DEV) ## Time the most expensive request bodies that were found; takes seconds
	$(BIN)/python -m benchmarks bodies

.PHONY: fault-test
fault-test: $(DEV) ## Break one node in every way under load; takes five minutes
	@exec $(BIN)/python -m tests.faults

.PHONY: delivery-test
delivery-test: $(DEV) ## The same with two subscribers and imports that tell them; takes half an hour
	@exec $(BIN)/python -m tests.deliveries

# Круги копятся в STATE: остановленное продолжает та же команда.
STATE :=
COUNT := 10000000
.PHONY: soak-test
soak-test: $(DEV) ## Break one node until COUNT are acknowledged; totals in STATE; takes hours
	@exec $(BIN)/python -m tests.soak '$(STATE)' $(COUNT)

.PHONY: attack-test
attack-test: $(DEV) ## Attack the service with 5 000 clients on this machine; takes two minutes
	@exec $(BIN)/python -m tests.attack

.PHONY: cluster-test
cluster-test: $(PATRONI) ## Break a cluster of three nodes under load; needs etcd, takes minutes
	@exec $(BIN)/python -m tests.cluster

.PHONY: clients
clients: $(DEV) ## Generate clients, check their types and register; needs npm, takes two minutes
	$(BIN)/pytest tests/integration/entrypoints/http/test_generated_clients.py

.PHONY: kubernetes-check
kubernetes-check: $(KUBERNETES) ## Check deploy/kubernetes against the schemas of Kubernetes; downloads 100 MB
	.venv-kubernetes/bin/kubernetes-validate --strict deploy/kubernetes/*.yaml

PROXY :=
.PHONY: proxy-test
proxy-test: $(DEV) ## Restart two processes behind each proxy; PROXY=nginx for one; takes minutes
	@exec $(BIN)/python -m tests.proxies $(PROXY)

.PHONY: image-test
image-test: $(COMPOSE) ## Build the image and try it with Compose; needs root, docker.io, mmdebstrap, npm
	@exec $(BIN)/python -m tests.image

.PHONY: generators
generators: $(DEV) ## Try generators on the OpenAPI document and write their table; takes minutes
	$(BIN)/python -m tests.generators

# Кого и о чём спрашивает audit, сказано в docs/operations.md.
ADVISORIES :=
LOCKS := requirements/dev.txt requirements/build.txt requirements/uv.txt
.PHONY: audit
audit: $(SUPPLY) ## Check licences and known vulnerabilities of what is locked; asks PyPI
	$(BIN)/python -m tests.supply .venv-supply/bin '$(ADVISORIES)' $(LOCKS)

# LOCK=embedded описывает колесо с дополнением embedded.
LOCK := service
SBOM := cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --output-file
.PHONY: wheel
wheel: $(SUPPLY) ## Build the wheel and its bill of materials (SBOM) into dist/
	rm -rf dist .venv-wheel
	$(UV) build --quiet --wheel --require-hashes --build-constraints requirements/build.txt
	$(UV) venv --quiet --python $(BIN)/python .venv-wheel
	$(UV) pip install --quiet --python .venv-wheel/bin/python --require-hashes \
		-r requirements/$(LOCK).txt
	.venv-supply/bin/$(SBOM) "$$(ls dist/*.whl | sed 's/-py3-.*/.cdx.json/')" .venv-wheel

.PHONY: format
format: $(DEV) ## Format the code and fix what can be fixed
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

.PHONY: sql
sql: $(DEV) ## Write the SQL statements down beside their test, for people to read
	$(BIN)/python -m tests.support.golden_sql

.PHONY: install
install: $(DEV) ## Install everything, run nothing

# Первым собирается dev, остальные берут версии из него: у библиотеки одна версия на весь проект.
# Без --upgrade уже закреплённые версии остаются.
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.12 --generate-hashes \
	--custom-compile-command 'make lock' $(UPGRADE)
LIKE_DEV = --constraint requirements/dev.txt

.PHONY: lock upgrade
lock: .uv/ready ## Pin the dependencies of pyproject.toml with hashes
	$(COMPILE) pyproject.toml --extra embedded --extra webhooks --extra nats --group dev -o requirements/dev.txt
	$(COMPILE) pyproject.toml --extra embedded --extra webhooks --extra nats $(LIKE_DEV) -o requirements/embedded.txt
	$(COMPILE) pyproject.toml --extra otel --extra webhooks --extra nats $(LIKE_DEV) -o requirements/otel.txt
	$(COMPILE) pyproject.toml --extra webhooks --extra nats $(LIKE_DEV) -o requirements/service.txt
	$(COMPILE) --group build -o requirements/build.txt
	$(COMPILE) --group uv -o requirements/uv.txt
	$(COMPILE) --group bench $(LIKE_DEV) -o requirements/bench.txt
	$(COMPILE) --group frameworks $(LIKE_DEV) -o requirements/frameworks.txt
	$(COMPILE) --group image -o requirements/image.txt
	$(COMPILE) --group kubernetes -o requirements/kubernetes.txt
	$(COMPILE) --group cluster -o requirements/cluster.txt
	$(COMPILE) --group supply -o requirements/supply.txt
	$(COMPILE) benchmarks/peers/requirements.in -o benchmarks/peers/requirements.txt
upgrade: UPGRADE = --upgrade
upgrade: lock ## The same, with the newest versions

.PHONY: clean
clean: ## Remove everything that was installed or cached here
	rm -rf .venv .venv-* .uv .coverage .hypothesis .*_cache dist benchmarks/peers/*/node_modules \
		tests/node/node_modules

# Ниже — установка. Отметка ставится последней: прерванная установка начнётся заново.

INSTALL = $(UV) pip install --python $(BIN)/python

# uv ищет Python из .python-version и скачивает, если не нашёл; где скачать нельзя, годится и
# любой новее. PYENV_VERSION: pyenv прячет версии, которых нет в .python-version.
$(SERVICE): requirements/embedded.txt requirements/build.txt pyproject.toml .python-version \
		.uv/ready $(BIN)/python
	rm -rf $(VENV)
	$(if $(PYTHON),PYENV_VERSION=$(PYTHON) $(UV) venv --quiet --python $(PYTHON) $(VENV), \
		$(UV) venv --quiet $(VENV) || $(UV) venv --quiet --python '>=3.12' $(VENV)) || { \
		echo 'Python 3.12 or newer is needed: install one, or let uv download one' \
			'(behind a CA of your own, SSL_CERT_FILE names its certificate).' >&2; exit 1; }
	$(INSTALL) --require-hashes -r requirements/embedded.txt
	$(INSTALL) --no-deps --build-constraints requirements/build.txt --editable .
	@touch $@

$(DEV): requirements/dev.txt $(SERVICE)
	$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

# Соперники нужны только замерам: у них своё окружение, и тестам оно не нужно.
$(CHART): requirements/bench.txt $(DEV)
	$(INSTALL) --require-hashes -r requirements/bench.txt
	@touch $@

$(KUBERNETES): requirements/kubernetes.txt $(DEV)
	rm -rf .venv-kubernetes
	$(UV) venv --quiet --python $(BIN)/python .venv-kubernetes
	$(UV) pip install --python .venv-kubernetes/bin/python --require-hashes \
		-r requirements/kubernetes.txt
	@touch $@

$(SUPPLY): requirements/supply.txt $(DEV)
	rm -rf .venv-supply
	$(UV) venv --quiet --python $(BIN)/python .venv-supply
	$(UV) pip install --python .venv-supply/bin/python --require-hashes -r requirements/supply.txt
	@touch $@

# Команда docker compose нужна одному испытанию образа.
$(COMPOSE): requirements/image.txt $(DEV)
	$(INSTALL) --require-hashes -r requirements/image.txt
	@touch $@

FASTIFY = benchmarks/peers/fastify
BUN     = benchmarks/peers/bun
$(PEERS): benchmarks/peers/requirements.txt $(FASTIFY)/package-lock.json $(BUN)/package-lock.json \
		$(DEV)
	@command -v npm >/dev/null || { echo 'npm is not installed; get Node.js 20 or newer' >&2; exit 1; }
	rm -rf .venv-peers
	$(UV) venv --quiet --python $(BIN)/python .venv-peers
	$(UV) pip install --python .venv-peers/bin/python --require-hashes \
		-r benchmarks/peers/requirements.txt
	npm ci --prefix $(FASTIFY) --ignore-scripts --no-audit --no-fund
	npm ci --prefix $(BUN) --ignore-scripts --no-audit --no-fund
	@touch $@

# Исходники pgx из пакета Debian: с ними соперник на Go собирается без сети и без своих модулей.
# Он не обязателен: без Go отчёт скажет, что его нет.
GO_PATH = /usr/share/gocode
$(GO_PEER): benchmarks/peers/go/main.go $(PEERS)
	@if command -v go >/dev/null && [ -d $(GO_PATH)/src/github.com/jackc/pgx/v4 ]; then \
		GO111MODULE=off GOPATH=$(GO_PATH) go build -o $@ $<; \
	else \
		echo 'the Go peer is left out: it needs go and pgx v4; on Debian:' \
			'apt-get install golang-go golang-github-jackc-pgx-v4-dev' >&2; \
	fi

.PHONY: peers
peers: $(GO_PEER) ## Install the peers that make bench measures

# Кластер держит Patroni; его окружение, как и соперников, остальному не нужно.
$(PATRONI): requirements/cluster.txt $(DEV)
	rm -rf .venv-cluster
	$(UV) venv --quiet --python $(BIN)/python .venv-cluster
	$(UV) pip install --python .venv-cluster/bin/python --require-hashes \
		--build-constraints requirements/cluster.txt -r requirements/cluster.txt
	@touch $@

# Версии PostgreSQL — из npm: там есть все сразу. Сценарии пакетов не запускаются.
$(POSTGRES): tests/matrix/package.json tests/matrix/package-lock.json
	@command -v npm >/dev/null || { echo 'npm is not installed; get Node.js 16 or newer' >&2; exit 1; }
	rm -rf .venv-postgres
	mkdir .venv-postgres
	cp $^ .venv-postgres
	npm ci --prefix .venv-postgres --ignore-scripts --no-audit --no-fund
	@touch $@

# uv из PATH, если он и правда работает (ярлык pyenv бывает и без программы), иначе свой.
# Из корня: в папке с .python-version ярлык python3 ищет версию, которой может не быть.
PINNED_UV = -m pip install --quiet --disable-pip-version-check --require-hashes \
	-r '$(CURDIR)/requirements/uv.txt'
.uv/ready: requirements/uv.txt $(UV)
	@rm -rf .uv
	@if uv --version >/dev/null 2>&1; then \
		mkdir -p .uv/bin && ln -s "$$(command -v uv)" $(UV); \
	elif cd / && python3 -m venv '$(CURDIR)/.uv' >/dev/null 2>&1; then \
		'$(CURDIR)/.uv/bin/python' $(PINNED_UV); \
	elif rm -rf '$(CURDIR)/.uv' && python3 -m pip --version >/dev/null 2>&1; then \
		python3 $(PINNED_UV) --target '$(CURDIR)/.uv'; \
	else \
		echo 'python3 here has neither venv nor pip; on Debian: apt-get install python3-venv' >&2; \
		exit 1; \
	fi
	@touch $@

# Нет файла (или ссылка в никуда) — зависящее от него устарело.
$(BIN)/python $(UV): ;
