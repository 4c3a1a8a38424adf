import { expect, vi } from 'vitest';
import { type Reply, Script } from '../../src/redis/script.ts';

/**
 * Makes Redis run a script without some of its protections; the file is not changed. Undone by
 * `vi.restoreAllMocks()`.
 *
 * @param protections pairs of script text and its replacement
 */
export function withoutProtections(
  script: string,
  protections: Readonly<Record<string, string>>,
): void {
  const run = Script.prototype.run;
  vi.spyOn(Script.prototype, 'run').mockImplementation(async function (this: Script, ...args) {
    if (this.name !== script) return run.apply(this, args);
    let { source } = this;
    for (const [protection, instead] of Object.entries(protections)) {
      expect(source).toContain(protection);
      source = source.replace(protection, instead);
    }
    const [redis, keys, values] = args;
    // The types of ioredis know nothing of a script's reply.
    return (await redis.eval(source, keys.length, ...keys, ...values)) as unknown as Reply;
  });
}
