import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningRedis, startRedis } from '../../demo/redis.ts';

export type TestRedis = RunningRedis & { dir: string };

/**
 * Starts a Redis for one test file, with its own folder and port.
 *
 * @param args additional arguments for redis-server
 * @param again the folder and port of a killed one, to restart it
 */
export async function startTestRedis(
  args: readonly string[] = [],
  again?: { readonly dir: string; readonly port: number },
): Promise<TestRedis> {
  const dir = again?.dir ?? mkdtempSync(join(tmpdir(), 'fairline-redis-'));
  const redis = await startRedis({ ...again, dir, args });
  // A test that fails before its stop() must not leak the engine.
  const endWithUs = () => process.kill(redis.pid, 'SIGKILL');
  process.once('exit', endWithUs);
  return {
    ...redis,
    dir,
    stop: async () => {
      process.off('exit', endWithUs);
      await redis.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
