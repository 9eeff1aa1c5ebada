# Exitgraph in a container. docker-compose.yml shows it beside Neo4j.
#
#   docker build -t exitgraph .
#   docker run --rm --init exitgraph demo
#   docker run --rm --init -v exitgraph:/data -v ./exitgraph.yaml:/data/exitgraph.yaml:ro exitgraph run
#
# --init (init: true in compose) puts a small init above Node, which is not made to be process 1.

FROM node:24-bookworm-slim AS build
WORKDIR /app
# The lock file alone first: the layer of the packages is made again only when they change.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY collectors ./collectors
RUN npm run build

FROM node:24-bookworm-slim
# Quiet until the pinned SDK needs a newer Node than this image has.
ENV NODE_ENV=production AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force
COPY --from=build /app/dist ./dist
COPY queries ./queries
COPY schema.graphql LICENSE README.md CHANGELOG.md ./
COPY docs ./docs
RUN ln -s /app/dist/src/cli/main.js /usr/local/bin/exitgraph \
    && useradd --system --uid 10001 --user-group --home-dir /data --create-home exitgraph \
    && chmod 700 /data
# What must survive (snapshots, journal, an embedded store) is in /data/.exitgraph; exitgraph.yaml is read from /data.
VOLUME /data
WORKDIR /data
USER exitgraph
# No HEALTHCHECK: the image also runs single commands, which serve nothing. docker-compose.yml has one for serve.
ENTRYPOINT ["exitgraph"]
CMD ["--help"]
