# The pages and the programs. What builds them stays in this stage.
FROM node:26-slim AS built
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json vite.config.ts vite.server.config.ts ./
COPY src ./src
RUN node node_modules/vite/bin/vite.js build \
  && node node_modules/vite/bin/vite.js build -c vite.server.config.ts

FROM node:26-slim

ENV NODE_ENV=production
WORKDIR /app

# The package "node" brings Node to machines with another version; this image has the right one.
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/node node_modules/.bin/node \
  && npm cache clean --force

COPY lua ./lua
COPY --from=built /app/dist ./dist

USER node
EXPOSE 3000
CMD ["node", "dist/server/api.js"]
