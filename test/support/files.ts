import { existsSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Resolves when the file exists. Its folder must exist already. */
export async function untilExists(file: string): Promise<void> {
  const appeared = Promise.withResolvers<void>();
  const watcher = watch(dirname(file), (_, name) => {
    if (name === basename(file)) appeared.resolve();
  });
  watcher.on('error', appeared.reject);
  try {
    // Checked after the watch has begun: a file created in between is seen.
    if (!existsSync(file)) await appeared.promise;
  } finally {
    watcher.close();
  }
}
