# The agent's image. Build it from the root of the repository:
#   docker build -f deploy/docker/agent.Dockerfile -t <registry>/isthmus-agent:<version> .
ARG NODE=24
ARG BUILD_IMAGE=node:${NODE}-bookworm-slim
ARG RUN_IMAGE=gcr.io/distroless/nodejs${NODE}-debian12:nonroot
FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY . .
RUN npm ci --ignore-scripts && node scripts/build.mjs --no-web && node scripts/assemble.mjs agent /app

FROM ${RUN_IMAGE}
LABEL org.opencontainers.image.title="Isthmus agent" org.opencontainers.image.licenses="Apache-2.0"
# One file holds everything that the agent runs.
COPY --from=build /app /app
WORKDIR /app
USER 65532:65532
ENV NODE_ENV=production
EXPOSE 7450
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:7450/healthz').then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
# The heap is kept small, and grows by a fifth at most before it is collected: the agent holds one cluster's trimmed
# inventory and streams everything else.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=2", "--heap-growing-percent=20", "/app/main.mjs"]
