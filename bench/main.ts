import { createContext } from './context.ts';
import { benchDrain } from './drain.ts';
import { benchEvents } from './events.ts';
import { describeMachine } from './report.ts';
import { benchTakeover } from './takeover.ts';
import { benchValidation } from './validation.ts';

/** Each prints its measurements and returns whether it meets its bound. */
const PARTS = {
  drain: benchDrain,
  takeover: benchTakeover,
  validation: benchValidation,
  events: benchEvents,
};

/** A signal asks for an early end. */
class Interruption extends Error {}

const names = process.argv.slice(2);
const chosen = Object.entries(PARTS).filter(([name]) => names.length === 0 || names.includes(name));
const unknown = names.filter((name) => !(name in PARTS));
if (unknown.length > 0) {
  console.error(`No such part: ${unknown.join(', ')}. Parts: ${Object.keys(PARTS).join(', ')}.`);
  process.exit(2);
}

const context = createContext();
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => reject(new Interruption(`interrupted by ${signal}`)));
  }
  process.once('uncaughtException', reject);
});

try {
  context.print(describeMachine());
  let passed = true;
  for (const [name, bench] of chosen) {
    context.print(`\n${name}`);
    if (!(await Promise.race([bench(context), interrupted]))) passed = false;
  }
  process.exitCode = passed ? 0 : 1;
} catch (error) {
  console.error(error instanceof Interruption ? error.message : error);
  process.exitCode = 1;
  await context.end(error instanceof Error ? error : new Error(String(error)));
}
process.exit();
