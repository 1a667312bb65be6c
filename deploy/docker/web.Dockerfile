# The web app's image. Build it from the root of the repository:
#   docker build -f deploy/docker/web.Dockerfile -t <registry>/isthmus-web:<version> .
ARG NODE=24
ARG BUILD_IMAGE=node:${NODE}-bookworm-slim
ARG RUN_IMAGE=gcr.io/distroless/nodejs${NODE}-debian12:nonroot
FROM ${BUILD_IMAGE} AS build
WORKDIR /src
ENV NEXT_TELEMETRY_DISABLED=1
COPY . .
RUN npm ci --ignore-scripts && node scripts/build.mjs && node scripts/assemble.mjs web /app

FROM ${RUN_IMAGE}
LABEL org.opencontainers.image.title="Isthmus web" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /app /app
WORKDIR /app/apps/web
USER 65532:65532
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1 ISTHMUS_WEB_LISTEN=0.0.0.0:7400
# Metrics are served where ISTHMUS_WEB_METRICS_LISTEN says, as 0.0.0.0:7410; without it nowhere.
EXPOSE 7400 7410
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:7400/healthz').then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
# Stateless: any number may run behind a load balancer, which need not be sticky. Set ISTHMUS_TRUSTED_PROXY_HOPS to 1 there.
ENTRYPOINT ["/nodejs/bin/node"]
CMD ["server.mjs"]
