import { benchAudit } from './parts/audit.ts';
import { benchBehind } from './parts/behind.ts';
import { benchCrowd } from './parts/crowd.ts';
import { benchDoor } from './parts/door.ts';
import { benchDrain } from './parts/drain.ts';
import { benchEvents } from './parts/events.ts';
import { benchIdle } from './parts/idle.ts';
import { benchLongPolls } from './parts/long-polls.ts';
import { benchPolling } from './parts/polling.ts';
import { benchProof } from './parts/proof.ts';
import { benchRates } from './parts/rates.ts';
import { benchSpike } from './parts/spike.ts';
import { benchStorm } from './parts/storm.ts';
import { benchTakeover } from './parts/takeover.ts';
import { benchValidation } from './parts/validation.ts';
import { createContext } from './support/context.ts';
import { describeMachine } from './support/report.ts';
import { Results } from './support/results.ts';

/** Each measures one thing, prints it, and says whether it is within its budget. */
const PARTS = {
  door: benchDoor,
  rates: benchRates,
  polling: benchPolling,
  spike: benchSpike,
  'long-polls': benchLongPolls,
  drain: benchDrain,
  storm: benchStorm,
  behind: benchBehind,
  audit: benchAudit,
  idle: benchIdle,
  takeover: benchTakeover,
  events: benchEvents,
  proof: benchProof,
  validation: benchValidation,
  crowd: benchCrowd,
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

// Each child process adds one that ends it with this process.
process.setMaxListeners(100);

const results = new Results(describeMachine());
const context = createContext(results);
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => reject(new Interruption(`interrupted by ${signal}`)));
  }
  process.once('uncaughtException', reject);
});

// A missed budget is a result. It fails where it could not measure, or measured wrong decisions.
try {
  context.print(describeMachine());
  for (const [name, bench] of chosen) {
    const startedAt = performance.now();
    context.print(`\n${name}`);
    results.begin(name);
    await Promise.race([bench(context), interrupted]);
    context.note(`${name} took ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
  }
  results.write();
  const missed = results.missed();
  context.print(`\nBudgets missed: ${missed.length === 0 ? 'none' : missed.join(' · ')}`);
} catch (error) {
  console.error(error instanceof Interruption ? error.message : error);
  process.exitCode = 1;
  await context.end(error instanceof Error ? error : new Error(String(error)));
}
process.exit();
