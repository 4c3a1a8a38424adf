import type { BenchContext } from './context.ts';
import { withEngines } from './engines.ts';
import { drainFairline } from './fairline.ts';
import type { Figures, Part } from './meter.ts';
import { alignTable, describeEngines, format } from './report.ts';
import { drainTextbook } from './textbook/drain.ts';

const TICKETS = 200_000;
const TEXTBOOK_TICKETS = 10_000;

/** The minimum ratio of our ticket rate to that of the textbook pipeline. */
const RATIO_BOUND = 30;

const PROCESSES: readonly (readonly [Part, string])[] = [
  ['redis', 'redis-server'],
  ['postgres', 'postgres, all its processes'],
  ['worker', 'the worker process'],
];

/**
 * Drains a line of waiting tickets with our pipeline and with the textbook one, each on its own
 * engines, one after the other, and compares them.
 */
export async function benchDrain(context: BenchContext): Promise<boolean> {
  const { print, note } = context;
  note(`the textbook pipeline: ${format(TEXTBOOK_TICKETS)} tickets …`);
  const textbook = await withEngines(context, async (engines) => {
    print(await describeEngines(engines));
    return drainTextbook(context, engines, TEXTBOOK_TICKETS);
  });
  note(`Fairline: ${format(TICKETS)} tickets …`);
  const fairline = await withEngines(context, (engines) =>
    drainFairline(context, engines, TICKETS),
  );

  for (const line of alignTable(tableOf(fairline, textbook))) print(line);
  print(
    `Buyers' lists (table tickets) reached ${format(fairline.listed * 100)} % within the drain.`,
  );
  const ratio = fairline.perSecond / textbook.perSecond;
  const passed = ratio >= RATIO_BOUND;
  print(`ratio ${format(ratio, 1)}: ${passed ? 'pass' : 'FAIL'} (at least ${RATIO_BOUND} times)`);
  return passed;
}

function tableOf(fairline: Figures, textbook: Figures): string[][] {
  const row = (name: string, figure: (figures: Figures) => string) => [
    name,
    figure(fairline),
    figure(textbook),
  ];
  return [
    ['', 'Fairline', 'textbook'],
    row('tickets drained', ({ tickets }) => format(tickets)),
    row('decided per second', ({ perSecond }) => format(perSecond)),
    row('Redis bytes per waiting ticket', ({ waitingBytes }) => format(waitingBytes)),
    ...PROCESSES.map(([part, name]) =>
      row(`CPU µs per ticket: ${name}`, ({ cpuMicros }) =>
        cpuMicros === undefined ? 'n/a' : format(cpuMicros[part], 1),
      ),
    ),
  ];
}
