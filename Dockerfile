# The service. Asterisk runs in a container of its own: asterisk-config/Dockerfile, docker-compose.yml.

FROM python:3.13-slim AS packages
COPY requirements.lock /tmp/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/python -m pip install --no-cache-dir --quiet --no-deps --require-hashes -r /tmp/requirements.lock

# The pages are built by the same code that builds them outside a container, so its mark says they are up to date.
FROM packages AS pages
WORKDIR /srv/answerline
COPY requirements-node.lock ./
COPY app/__init__.py app/frontend.py app/settings.py app/
COPY ui ui
RUN /opt/venv/bin/python -c "from app.frontend import ensure_built; ensure_built(print)" \
    && rm -r ui/node_modules

FROM python:3.13-slim
RUN useradd --uid 10001 --user-group --home-dir /data --no-create-home answerline \
    && install --directory --owner=answerline --group=answerline --mode=0700 /data
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/answerline
COPY . .
COPY --from=pages /srv/answerline/ui ui
ENV ANSWERLINE_HOME=/data \
    ANSWERLINE_EXCHANGE=separate \
    ANSWERLINE_HTTP_HOST=0.0.0.0 \
    PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER answerline
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import os, urllib.request as http; http.urlopen('http://127.0.0.1:%s/health' % (os.environ.get('ANSWERLINE_HTTP_PORT') or 8080), timeout=8)"]
ENTRYPOINT ["python", "-m", "app.cli"]
CMD ["up"]
