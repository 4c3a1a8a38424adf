import type { BenchContext } from '../support/context.ts';
import { decideAlone } from '../support/decide-alone.ts';
import { withEngines } from '../support/engines.ts';
import { drainFairline, type FairlineFigures } from '../support/fairline.ts';
import type { Figures, Part } from '../support/meter.ts';
import { alignTable, describeEngines, format } from '../support/report.ts';
import { drainTextbook } from '../textbook/drain.ts';

/** Lines of growing length: the rate must not fall. */
const SIZES = [10_000, 100_000, 1_000_000];
const TEXTBOOK_TICKETS = 10_000;
const ALONE_TICKETS = 200_000;

/** The minimum ratio of our ticket rate to that of the textbook pipeline. */
const RATIO_BOUND = 45;

const PROCESSES: readonly (readonly [Part, string])[] = [
  ['redis', 'redis-server'],
  ['postgres', 'postgres, all its processes'],
  ['worker', 'the worker process'],
];

/** How far the rate of a long line may be from that of a short one. */
const FLAT_WITHIN = 0.15;

/**
 * Drains lines of waiting tickets with our pipeline, and one with the textbook's, each on its own
 * engines, one after the other, and compares them.
 */
export async function benchDrain(context: BenchContext): Promise<void> {
  const { print, note, record, judge } = context;
  note(`the textbook pipeline: ${format(TEXTBOOK_TICKETS)} tickets …`);
  const textbook = await withEngines(context, async (engines) => {
    print(await describeEngines(engines));
    return drainTextbook(context, engines, TEXTBOOK_TICKETS);
  });
  const ours: FairlineFigures[] = [];
  for (const tickets of SIZES) {
    note(`Fairline: ${format(tickets)} tickets …`);
    ours.push(await withEngines(context, (engines) => drainFairline(context, engines, tickets)));
  }

  note(`lua/decide.lua alone: ${format(ALONE_TICKETS)} tickets …`);
  const alone = await withEngines(context, (engines) =>
    decideAlone(context, engines, ALONE_TICKETS),
  );

  for (const line of alignTable(tableOf([...ours, textbook]))) print(line);
  const listed = ours.map(({ listed }) => format(listed * 100)).join(' · ');
  print(`Buyers' lists (table tickets) reached ${listed} % within the drain.`);
  print(
    `lua/decide.lua alone, from a pipelining client: ${format(alone.perSecond)} a second, ` +
      `${format(alone.redisMicros, 1)} µs of Redis a ticket`,
  );
  record({ textbook, ours, alone });
  const rates = ours.map(({ perSecond }) => perSecond);
  const largest = rates.at(-1) ?? Number.NaN;
  judge({
    title: 'a line of a million, beside the textbook',
    value: largest / textbook.perSecond,
    unit: 'times',
    atLeast: RATIO_BOUND,
  });
  judge({
    title: 'a line of a million, beside one of a hundred thousand',
    value: largest / (rates.at(-2) ?? Number.NaN),
    unit: 'times',
    atLeast: 1 - FLAT_WITHIN,
  });
}

function tableOf(all: readonly Figures[]): string[][] {
  const row = (name: string, figure: (figures: Figures) => string) => [name, ...all.map(figure)];
  return [
    ['', ...SIZES.map(() => 'Fairline'), 'textbook'],
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
