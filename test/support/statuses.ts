import { readdirSync, readFileSync } from 'node:fs';
import { expect, vi } from 'vitest';
import { Script } from '../../src/redis/script.ts';

const LUA = new URL('../../lua/', import.meta.url);

/** Scripts whose statuses have their own test file, `payment-statuses.test.ts`. */
export const PAYMENT_SCRIPTS: readonly string[] = ['pay', 'refund'];

/** All other scripts of lua/. */
export const LINE_SCRIPTS = readdirSync(LUA)
  .filter((file) => file.endsWith('.lua'))
  .map((file) => file.replace('.lua', ''))
  .filter((name) => !PAYMENT_SCRIPTS.includes(name));

/** Starts recording every status that a script returns, as `script STATUS`. */
export function watchStatuses(): Set<string> {
  const seen = new Set<string>();
  const run = Script.prototype.run;
  vi.spyOn(Script.prototype, 'run').mockImplementation(async function (this: Script, ...args) {
    const reply = await run.apply(this, args);
    seen.add(`${this.name} ${reply[0]}`);
    return reply;
  });
  return seen;
}

/** The statuses named in the headers of scripts, as `script STATUS`. */
export function namedStatuses(scripts: readonly string[]): string[] {
  return scripts.flatMap((script) => {
    const source = readFileSync(new URL(`${script}.lua`, LUA), 'utf8');
    const returns = /RETURNS.*\n([\s\S]*?)\]\]/.exec(source)?.[1] ?? '';
    const statuses = [...returns.matchAll(/^ {4}([A-Z_]+)\b/gm)].map((match) => match[1]);
    expect(statuses, `${script}.lua names no status`).not.toHaveLength(0);
    return statuses.map((status) => `${script} ${status}`);
  });
}
