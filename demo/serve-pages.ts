import { createServer } from 'vite';

/**
 * `npm run dev`: serves the pages from source, in a separate process. Changes show in the browser
 * at once; API requests are proxied to PORT (vite.config.ts).
 */
const PAGES_PORT = 5_173;

const server = await createServer({
  clearScreen: false,
  logLevel: 'warn',
  server: { port: PAGES_PORT, strictPort: true },
});
await server.listen();
console.log(`pages with hot reload: ${server.resolvedUrls?.local[0] ?? `port ${PAGES_PORT}`}`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void server.close().finally(() => process.exit(0)));
}
