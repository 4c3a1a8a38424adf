import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { API_PATHS } from './src/api/pages/api-paths.ts';

/** Where the API listens, to which the dev server passes on what is not a page. */
const api = `http://localhost:${process.env['PORT'] ?? 3000}`;

export default defineConfig({
  root: join(import.meta.dirname, 'src/web'),
  plugins: [react()],
  build: {
    outDir: join(import.meta.dirname, 'dist/web'),
    emptyOutDir: true,
    // The policy of the pages lets nothing in that is written into them.
    assetsInlineLimit: 0,
    target: 'baseline-widely-available',
  },
  server: {
    port: 5173,
    proxy: Object.fromEntries(
      // A folder of ours with such a name would be hidden by them.
      API_PATHS.map((path) => [`^${path}([/?]|$)`, { target: api }]),
    ),
  },
});
