# The image of `isthmus`, the command that checks policies in a pipeline. Build it from the root of the repository:
#   docker build -f deploy/docker/cli.Dockerfile -t <registry>/isthmus-cli:<version> .
# and look at files with it:
#   docker run --rm -v "$PWD:/work:ro" <registry>/isthmus-cli:<version> validate .
ARG NODE=24
ARG BUILD_IMAGE=node:${NODE}-bookworm-slim
ARG RUN_IMAGE=gcr.io/distroless/nodejs${NODE}-debian12:nonroot
FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY . .
RUN npm ci --ignore-scripts && node scripts/build.mjs --no-web && node scripts/assemble.mjs cli /app

FROM ${RUN_IMAGE}
LABEL org.opencontainers.image.title="Isthmus command line" org.opencontainers.image.licenses="Apache-2.0"
# One file holds everything; there is no sandbox in it (`isthmus sandbox up` needs the repository).
COPY --from=build /app /app
WORKDIR /work
USER 65532:65532
ENV NODE_ENV=production
ENTRYPOINT ["/nodejs/bin/node", "/app/main.mjs"]
