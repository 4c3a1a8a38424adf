import type { BenchContext } from './context.ts';
import { withEngines } from './engines.ts';
import { drainFairline } from './fairline.ts';
import type { Figures, Part } from './meter.ts';
import { alignTable, describeEngines, format } from './report.ts';
import { drainTextbook } from './textbook/drain.ts';

const TICKETS = 200_000;
const TEXTBOOK_TICKETS = 10_000;

/** How many times as many tickets a second as the textbook pipeline we have to decide at least. */
const RATIO_BOUND = 30;

const PROCESSES: readonly (readonly [Part, string])[] = [
  ['redis', 'redis-server'],
  ['postgres', 'postgres, all its processes'],
  ['worker', 'the worker process'],
];

/**
 * Drains a line of waiting tickets with our pipeline and with the textbook's, each on engines of
 * its own, one after the other, and compares them.
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
    `Buyers' lists (table tickets) followed to ${format(fairline.listed * 100)} % within the drain.`,
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
    row('decided a second', ({ perSecond }) => format(perSecond)),
    row('Redis bytes a waiting ticket', ({ waitingBytes }) => format(waitingBytes)),
    ...PROCESSES.map(([part, name]) =>
      row(`CPU µs a ticket: ${name}`, ({ cpuMicros }) =>
        cpuMicros === undefined ? 'n/a' : format(cpuMicros[part], 1),
      ),
    ),
  ];
}
