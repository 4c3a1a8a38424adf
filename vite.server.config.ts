import { join } from 'node:path';
import { defineConfig } from 'vite';

/** What a process or a command of production runs, by the name of its built file. */
const PROGRAMS = {
  api: 'src/api/main.ts',
  worker: 'src/workers/main.ts',
  healthcheck: 'src/workers/healthcheck.ts',
  migrate: 'src/ops/migrate.ts',
  rebuild: 'src/ops/rebuild.ts',
  reconcile: 'src/ops/reconcile.ts',
  'proof-export': 'src/ops/proof-export.ts',
  audit: 'src/ops/audit.ts',
};

/**
 * Builds one file per program into dist/server, as deep as the sources: `../../lua` and
 * `../../dist/web` mean the same from there. Packages stay in node_modules.
 */
export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  build: {
    ssr: true,
    outDir: join(import.meta.dirname, 'dist/server'),
    emptyOutDir: true,
    target: 'node26',
    sourcemap: true,
    rolldownOptions: {
      input: Object.fromEntries(
        Object.entries(PROGRAMS).map(([name, file]) => [name, join(import.meta.dirname, file)]),
      ),
      output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
});
