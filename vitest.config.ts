import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// What Node compiles is kept for the next process: the suite starts some hundred, its own workers
// and the parts of the system.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/node');

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Many tests wait for timers and locks of processes: half as many files again use the cores.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    // No module keeps state, so files may share what a worker has loaded.
    isolate: false,
    globalSetup: ['test/support/global-setup.ts'],
    // Limits are for what hangs: a machine that is busy with other things must pass too.
    expect: { poll: { timeout: 120_000 } },
    testTimeout: 180_000,
    hookTimeout: 180_000,
    teardownTimeout: 180_000,
  },
});
