import { expect, vi } from 'vitest';
import { type Reply, Script } from '../../src/redis/script.ts';

/**
 * From now on Redis runs a script without one of its protections; the file stays as it is. Undone by
 * `vi.restoreAllMocks()`.
 */
export function withoutProtection(script: string, protection: string, instead: string): void {
  const run = Script.prototype.run;
  vi.spyOn(Script.prototype, 'run').mockImplementation(async function (this: Script, ...args) {
    if (this.name !== script) return run.apply(this, args);
    expect(this.source).toContain(protection);
    const [redis, keys, values] = args;
    const source = this.source.replace(protection, instead);
    return (await redis.eval(source, keys.length, ...keys, ...values)) as unknown as Reply;
  });
}
