# The agent's image. Build it from the root of the repository:
#   docker build -f deploy/docker/agent.Dockerfile -t <registry>/isthmus-agent:<version> .
FROM node:20-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN npm ci --ignore-scripts
# What scripts/build.mjs does for this one process.
RUN node -e "import('/src/scripts/build.mjs').then(({ bundle }) => bundle({ entry: 'apps/agent/src/main.ts', out: 'apps/agent/dist/main.js', external: [] }))"

FROM gcr.io/distroless/nodejs20-debian12:nonroot
LABEL org.opencontainers.image.title="Isthmus agent" org.opencontainers.image.licenses="Apache-2.0"
# esbuild has put everything that the agent runs into this one file; the map is left out.
COPY --from=build /src/apps/agent/dist/main.js /app/main.mjs
USER 65532:65532
# The heap is kept small: the agent holds one cluster's trimmed inventory and streams everything else.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=2", "/app/main.mjs"]
