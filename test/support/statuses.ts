import { readdirSync, readFileSync } from 'node:fs';
import { expect, vi } from 'vitest';
import type { Operation } from '../../src/redis/operation.ts';
import { Script } from '../../src/redis/script.ts';

const LUA = new URL('../../lua/', import.meta.url);

/** Scripts whose statuses have their own test file, `payment-statuses.test.ts`. */
export const PAYMENT_SCRIPTS: readonly string[] = ['confirm', 'pay', 'return-some', 'return-units'];

/** Scripts by which sellers change a sale; their statuses are in `sale-statuses.test.ts`. */
export const SALE_SCRIPTS: readonly string[] = ['add-product', 'close', 'edit', 'restock'];

/** Scripts that take sales out of Redis and bring them back: `archive-statuses.test.ts`. */
export const ARCHIVE_SCRIPTS: readonly string[] = ['archive', 'load', 'restore'];

/** All other scripts of lua/: `statuses.test.ts`. */
export const LINE_SCRIPTS = readdirSync(LUA)
  .filter((file) => file.endsWith('.lua'))
  .map((file) => file.replace('.lua', ''))
  .filter((name) => ![...PAYMENT_SCRIPTS, ...SALE_SCRIPTS, ...ARCHIVE_SCRIPTS].includes(name));

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

/** The statuses of some scripts that were seen. */
export function seenOf(scripts: readonly string[], seen: ReadonlySet<string>): string[] {
  return [...seen].filter((name) => scripts.includes(name.split(' ')[0] ?? ''));
}

/** The statuses named in the headers of scripts, as `script STATUS`. */
export function namedStatuses(scripts: readonly string[]): string[] {
  return scripts.flatMap((script) => headerOf(script).map(([status]) => `${script} ${status}`));
}

/** The RETURNS of a script's header, in its order: each status with the names of its values. */
export function headerOf(script: string): [status: string, values: string[]][] {
  const source = readFileSync(new URL(`${script}.lua`, LUA), 'utf8');
  const returns = /RETURNS.*\n([\s\S]*?)\]\]/.exec(source)?.[1] ?? '';
  const lines = [...returns.matchAll(/^ {4}([A-Z_]+)\b((?: \S+)*)/gm)];
  expect(lines, `${script}.lua names no status`).not.toHaveLength(0);
  // "[verdicts number…]": there may be such a value, and numbers after it that belong to it.
  return lines.map(([, status = '', values = '']) => {
    return [status, values.match(/\b\w+\b(?!…)/g) ?? []];
  });
}

/** What the operation of a script makes of its replies, in the form of {@link headerOf}. */
export async function tableOf(script: string): Promise<[status: string, values: string[]][]> {
  const module: Record<string, unknown> = await import(`../../src/redis/scripts/${script}.ts`);
  const [operation, ...others] = Object.values(module).filter(isOperation);
  if (operation === undefined || others.length > 0) {
    throw new Error(`scripts/${script}.ts does not describe one operation`);
  }
  expect(operation.script.name).toBe(script);
  return Object.entries(operation.replies).map(([status, values]) => [status, Object.keys(values)]);
}

function isOperation(value: unknown): value is Pick<Operation<never, never>, 'script' | 'replies'> {
  return typeof value === 'object' && value !== null && 'replies' in value;
}
