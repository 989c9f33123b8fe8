# The gateway, and the reference orchestrator (--target orchestrator). tools/image-files.mjs builds the same files without
# Docker; test/deploy starts the programs from them.

FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY src src
COPY examples examples
RUN npm run build

# No install scripts: everything native here (koffi, sherpa-onnx) comes built with its package.
FROM node:22-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:22-bookworm-slim AS orchestrator
ENV NODE_ENV=production
WORKDIR /app
COPY package.json ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist/examples/reference-orchestrator dist/examples/reference-orchestrator
USER node
EXPOSE 8090/tcp
ENTRYPOINT ["node", "dist/examples/reference-orchestrator/main.js", "--host", "0.0.0.0", "--port", "8090"]
HEALTHCHECK --interval=5s --timeout=4s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8090/livez').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

FROM node:22-bookworm-slim AS gateway
# The speech libraries of src/adapters/speech/local and the recogniser's English model.
RUN apt-get update \
 && apt-get install -y --no-install-recommends libespeak-ng1 libflite1 libpocketsphinx3 pocketsphinx-en-us \
 && rm -rf /var/lib/apt/lists/*
# A new volume takes its owner from here.
RUN install -d -o node -g node /var/lib/voice-gateway/events /var/lib/voice-gateway/history
ENV NODE_ENV=production \
    VG_HTTP_HOST=0.0.0.0 \
    VG_HTTP_PORT=8080 \
    VG_EVENTS_DIRECTORY=/var/lib/voice-gateway/events \
    VG_AUDIT_DIRECTORY=/var/lib/voice-gateway/events/audit \
    VG_HISTORY_DIRECTORY=/var/lib/voice-gateway/history
WORKDIR /app
COPY package.json ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist/src dist/src
USER node
EXPOSE 8080/tcp
ENTRYPOINT ["node", "dist/src/main.js"]
CMD ["serve"]
# Whether it lives, not whether it is ready: a restart would not mend an Asterisk that is away, and would cut a drain short.
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/livez').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
