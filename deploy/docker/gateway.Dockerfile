# The gateway's image. Build it from the root of the repository:
#   docker build -f deploy/docker/gateway.Dockerfile -t <registry>/isthmus-gateway:<version> .
FROM node:20-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN npm ci --ignore-scripts && node scripts/build.mjs --no-web
# Beside the bundle only Prisma's runtime is needed: it loads its query compiler when it is first used.
RUN mkdir -p /app/node_modules/@prisma \
  && cp -r node_modules/@prisma/client node_modules/@prisma/client-runtime-utils /app/node_modules/@prisma/ \
  && cp apps/gateway/dist/main.js /app/main.mjs

FROM gcr.io/distroless/nodejs20-debian12:nonroot
LABEL org.opencontainers.image.title="Isthmus gateway" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /app /app
USER 65532:65532
ENV ISTHMUS_GATEWAY_LISTEN=0.0.0.0:7401
EXPOSE 7401
# Stateless: any number may run behind a load balancer that passes WebSockets. Keys are mounted, never built in.
ENTRYPOINT ["/nodejs/bin/node", "/app/main.mjs"]
