# The `enrich` command with all that it needs, and nothing that builds or tests it: docs/how-to/container.md
FROM python:3.13-slim AS build
WORKDIR /build
# Every wheel is the lock file's, by its hash. Which of them the command needs is decided below, among these alone.
COPY requirements.lock ./
RUN pip download --quiet --disable-pip-version-check --no-cache-dir --only-binary :all: --require-hashes \
      --requirement requirements.lock --dest wheels
COPY pyproject.toml README.md LICENSE ./
COPY enrichment_assets enrichment_assets
RUN python -m venv tools \
 && tools/bin/pip install --quiet --disable-pip-version-check --no-index --upgrade --find-links wheels setuptools \
 && tools/bin/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir wheels . \
 && python -m venv /opt/enrichment-assets \
 && /opt/enrichment-assets/bin/pip install --quiet --disable-pip-version-check --no-cache-dir --no-index \
      --find-links wheels 'enrichment-assets[postgres,s3,duckdb]'

FROM python:3.13-slim
RUN useradd --uid 10001 --create-home enrich \
 && install --directory --owner=enrich /enrichment
COPY --from=build /opt/enrichment-assets /opt/enrichment-assets
ENV PATH=/opt/enrichment-assets/bin:$PATH \
    PYTHONUNBUFFERED=1
USER 10001
# Lists, icp.yaml and .env are looked for here, and the state is kept in .state below it.
WORKDIR /enrichment
VOLUME /enrichment
# Of `ui`, which is on loopback alone. A list run has no server: `docker run --no-healthcheck … run --file …`
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:3000/server_info', timeout=4)"]
ENTRYPOINT ["enrich"]
CMD ["ui"]
