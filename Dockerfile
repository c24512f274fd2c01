# syntax=docker/dockerfile:1
# Two stages: pip stays in the first; the second has Python, the packages and the bot.
FROM python:3.13.9-slim-trixie AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv
# The packages first: they change less often than the bot. Every file is checked by its hash.
COPY requirements.lock ./
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --require-hashes --only-binary :all: -r requirements.lock \
 && /opt/venv/bin/pip uninstall -y pip
COPY manifest.yaml ./
COPY bot ./bot
RUN rm requirements.lock && /opt/venv/bin/python -m compileall -q /opt/venv/lib bot

FROM python:3.13.9-slim-trixie
LABEL org.opencontainers.image.title="pending-images" \
      org.opencontainers.image.description="Slack chat-ops for the pending images of Samsung Cloud Platform v2"
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv /srv
# The bot writes its database and nothing else: run it with a read-only root file system and a
# volume at /data, or with DATABASE_URL set to a PostgreSQL database.
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    HOME=/nonexistent HOST=0.0.0.0 PORT=3000 DATABASE_URL=sqlite:////data/pending-images.db
WORKDIR /srv
RUN install -d -o 10001 -g 10001 /data
USER 10001:10001
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
