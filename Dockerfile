# The pages. What builds them stays in this stage.
FROM node:26-slim AS pages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json vite.config.ts ./
COPY src ./src
# Their sources are not needed any more: what is left of src is what production runs.
RUN node node_modules/vite/bin/vite.js build && rm -rf src/web

FROM node:26-slim

ENV NODE_ENV=production
WORKDIR /app

# The package "node" brings Node to machines with another version; this image has the right one.
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/node node_modules/.bin/node \
  && npm cache clean --force

COPY lua ./lua
COPY --from=pages /app/src ./src
COPY --from=pages /app/dist/web ./dist/web

USER node
EXPOSE 3000
CMD ["node", "src/api/main.ts"]
