import { createServer } from 'vite';
import { API_PATHS } from '../src/api/pages/api-paths.ts';
import { ownUrl } from './own-url.ts';

/**
 * `npm run dev`: serves the pages from source, in a separate process. Changes show in the browser
 * at once; what is not a page is passed on to the API, which listens at HOST and PORT.
 */
const PAGES_PORT = 5_173;

const target = ownUrl(process.env['HOST'] || '127.0.0.1', process.env['PORT'] || 3000);
const server = await createServer({
  clearScreen: false,
  logLevel: 'warn',
  server: {
    port: PAGES_PORT,
    strictPort: true,
    // A folder of ours with such a name would be hidden by them.
    proxy: Object.fromEntries(API_PATHS.map((path) => [`^${path}([/?]|$)`, { target }])),
  },
});
await server.listen();
console.log(`pages with hot reload: ${server.resolvedUrls?.local[0] ?? `port ${PAGES_PORT}`}`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void server.close().finally(() => process.exit(0)));
}
