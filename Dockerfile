# The server without a Redis of its own: compose.yaml puts one beside it.

FROM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY proto proto
COPY src src
COPY .dev/bundle.mjs .dev/bundle.mjs
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:24-trixie-slim
WORKDIR /app
ENV NODE_ENV=production \
    BEATWATCH_HOST=0.0.0.0 \
    BEATWATCH_PORT=8080 \
    BEATWATCH_DATA=/data
COPY --from=build /app/package.json ./
# What is bundled in dist/bin, with its licences.
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY fixtures fixtures
COPY proto proto
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 8080
# Healthy is: loaded, and able to judge. A long log may take minutes to fold at the start.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10m \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.BEATWATCH_PORT}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/bin/beatwatch.js", "serve"]
