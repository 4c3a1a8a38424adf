import type { SaleEventView, SaleView } from '../../src/api/schemas/sale.ts';
import type { Count, Tally } from './tally.ts';

const BAR_CHARACTERS = 40;

const LABELS: Readonly<Record<Count, string>> = {
  arrived: 'arrived',
  inLine: 'in line',
  held: 'held',
  paid: 'paid',
  quit: 'quit',
  lapsed: 'left to expire',
  soldOut: 'sold out',
  waitlisted: 'waitlisted',
  rejected: 'rejected',
  refused: 'refused (429)',
  away: 'unavailable (503)',
  errors: 'errors',
};

/** The state at a moment. */
export interface Moment {
  readonly sale: SaleView;
  /** The latest snapshot, if there is one. */
  readonly latest: SaleEventView | undefined;
  readonly tally: Tally;
  readonly seconds: number;
}

/** One line, for logs. */
export function lineOf({ tally, seconds }: Moment): string {
  return `${seconds.toFixed(0)} s: ${countsOf(tally)}`;
}

function countsOf(tally: Tally): string {
  const counts = Object.entries(LABELS) as [Count, string][];
  return counts.map(([count, label]) => `${label} ${tally.of(count)}`).join(', ');
}

/** The whole picture: counts, latency, and one bar per product. */
export function pictureOf(moment: Moment): string[] {
  const { sale, latest, tally, seconds } = moment;
  const [median, slow] = [tally.acceptMs(0.5), tally.acceptMs(0.95)];
  const stocks = new Map((latest ?? sale).products.map(({ id, stock }) => [id, stock]));
  const width = Math.max(...sale.products.map(({ name }) => name.length));
  return [
    `${sale.name}, ${seconds.toFixed(1)} s, ${latest?.phase ?? sale.phase}`,
    countsOf(tally),
    median === undefined || slow === undefined
      ? 'no ticket accepted yet'
      : `tickets accepted within ${median.toFixed(0)} ms (p50), ${slow.toFixed(0)} ms (p95)`,
    ...sale.products.map(({ id, name, stock }) => {
      const { total, available, held, sold } = stocks.get(id) ?? stock;
      const counts = `sold ${sold}, held ${held}, available ${available} of ${total}`;
      return `${name.padEnd(width)}  ${barOf({ total, held, sold })}  ${counts}`;
    }),
  ];
}

function barOf({ total, held, sold }: { total: number; held: number; sold: number }): string {
  const characters = (units: number) =>
    total === 0 ? 0 : Math.round((units / total) * BAR_CHARACTERS);
  const dark = characters(sold);
  const grey = Math.min(BAR_CHARACTERS - dark, characters(sold + held) - dark);
  return '█'.repeat(dark) + '▒'.repeat(grey) + '·'.repeat(BAR_CHARACTERS - dark - grey);
}
