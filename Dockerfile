FROM node:26-slim

ENV NODE_ENV=production
WORKDIR /app

# The package "node" brings Node to machines that have another version; this image has the right one.
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/node node_modules/.bin/node \
  && npm cache clean --force

COPY lua ./lua
COPY src ./src

USER node
EXPOSE 3000
CMD ["node", "src/api/main.ts"]
