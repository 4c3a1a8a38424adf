ARG NODE=node:26.10.0-slim@sha256:ec7758ee051e457b468b32bde57b0879010b325bb9862718e9615225ce4aaae1

# The pages and the programs. What builds them stays in this stage.
FROM ${NODE} AS built
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json vite.config.ts vite.server.config.ts ./
COPY src ./src
RUN node node_modules/vite/bin/vite.js build \
  && node node_modules/vite/bin/vite.js build -c vite.server.config.ts

FROM ${NODE}

ENV NODE_ENV=production
WORKDIR /app

# The packages "node-linux-…" bring Node to machines with another version; this image has the right
# one.
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/node-linux-* node_modules/.bin/node \
  && npm cache clean --force

COPY lua ./lua
COPY --from=built /app/dist ./dist

# The user "node", by number: Kubernetes can tell that it is not root. Nothing here is this user's,
# and nothing is written: the root of a container may be read-only.
USER 1000:1000
EXPOSE 3000
CMD ["node", "dist/server/api.js"]
