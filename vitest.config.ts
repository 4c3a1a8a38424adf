import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// What Node compiles is kept for the next process: the suite starts some hundred, its own workers
// and the parts of the system.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/node');

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Most tests wait for timers and locks of processes rather than for the machine.
    maxWorkers: '100%',
    globalSetup: ['test/support/global-setup.ts'],
    // Limits are for what hangs: a machine that is busy with other things must pass too.
    expect: { poll: { timeout: 120_000 } },
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
