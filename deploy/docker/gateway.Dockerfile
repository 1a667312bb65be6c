# The gateway's image, which also brings the database up to date. Build it from the root of the repository:
#   docker build -f deploy/docker/gateway.Dockerfile -t <registry>/isthmus-gateway:<version> .
ARG NODE=24
ARG BUILD_IMAGE=node:${NODE}-bookworm-slim
ARG RUN_IMAGE=gcr.io/distroless/nodejs${NODE}-debian12:nonroot
FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY . .
RUN npm ci --ignore-scripts && node scripts/build.mjs --no-web && node scripts/assemble.mjs gateway /app

FROM ${RUN_IMAGE}
LABEL org.opencontainers.image.title="Isthmus gateway" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /app /app
WORKDIR /app
USER 65532:65532
ENV NODE_ENV=production ISTHMUS_GATEWAY_LISTEN=0.0.0.0:7401
EXPOSE 7401
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:7401/healthz').then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
# Stateless: any number may run behind a load balancer that passes WebSockets. Keys are mounted, never built in.
# With the argument /app/migrate.mjs the same image applies the migrations that belong to it, and ends.
ENTRYPOINT ["/nodejs/bin/node"]
CMD ["/app/main.mjs"]
