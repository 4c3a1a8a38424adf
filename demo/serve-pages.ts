import { createServer } from 'vite';

/**
 * `npm run dev`: the pages from their sources, in a process of its own. A change is in the browser
 * at once; what is for the API goes on to it, at PORT (vite.config.ts).
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
