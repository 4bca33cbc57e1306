# The bot in a container; OPERATING.md says how to run it.

FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /opt/bot \
    && /opt/bot/bin/pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE manifest.yml ./
COPY knowledge ./knowledge
COPY bot ./bot
RUN /opt/bot/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
COPY --from=build /opt/bot /opt/bot
RUN useradd --system --uid 10001 --create-home --home-dir /data bot
USER 10001
WORKDIR /data
VOLUME /data
ENV PATH=/opt/bot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DATABASE_URL=sqlite:////data/smtp-bot.sqlite3 \
    LOG_FORMAT=json \
    PORT=3000 \
    HEALTH_PORT=8080
# 3000: Slack's requests, without Socket Mode. 8080: /healthz, /readyz and /metrics.
EXPOSE 3000 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:' + os.environ['HEALTH_PORT'] + '/healthz', timeout=4)"]
ENTRYPOINT ["smtp-bot"]
CMD ["run"]
