# The wheel, built from the sources that .dockerignore lets through.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements-dev.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-dev.txt
COPY pyproject.toml README.md LICENSE app.yml ./
COPY bot ./bot
COPY handlers ./handlers
COPY templates ./templates
RUN pip wheel --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir /dist .

FROM python:3.11-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin graftsman \
    && install --directory --owner=graftsman --group=graftsman --mode=0700 /data
COPY requirements.txt /opt/graftsman/
COPY --from=build /dist/*.whl /opt/graftsman/
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /opt/graftsman/requirements.txt \
    && pip install --no-cache-dir --disable-pip-version-check --no-deps --no-index /opt/graftsman/*.whl
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    GRAFTSMAN_HOST=0.0.0.0 \
    GRAFTSMAN_PORT=8080 \
    GRAFTSMAN_DATA_DIR=/data
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['GRAFTSMAN_PORT'] + '/healthz', timeout=4)"]
ENTRYPOINT ["graftsman"]
CMD ["serve"]
