# One image for every role; the command picks it:
#   docker run harborpoint node --config /etc/harborpoint/node.yaml

FROM node:26.10.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Without the optional packages: they bring a Node of their own, and this image has one. The .npmrc keeps
# install scripts off; better-sqlite3 ships its binaries.
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund \
 && node -e 'new (require("better-sqlite3"))(":memory:").close()'

FROM node:26.10.0-bookworm-slim
ENV NODE_ENV=production \
    UV_THREADPOOL_SIZE=16
WORKDIR /app
RUN groupadd --system --gid 10001 harborpoint \
 && useradd --system --uid 10001 --gid harborpoint --home-dir /var/lib/harborpoint --shell /usr/sbin/nologin harborpoint \
 && install --directory --owner=harborpoint --group=harborpoint --mode=0750 /var/lib/harborpoint \
 && ln -s /app/cli/harborpoint.mjs /usr/local/bin/harborpoint
COPY --from=dependencies /app/node_modules ./node_modules
# .dockerignore lets through only what ships.
COPY . .
USER 10001:10001
VOLUME /var/lib/harborpoint
EXPOSE 9464
# A node drains its shards on SIGTERM; give it the time: docker stop --time 30.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HARBORPOINT_OPERATIONS_PORT ?? 9464}/livez`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["harborpoint"]
CMD ["--help"]
