import type { LoadEntry } from '../../src/domain/entry.ts';
import { parseItems } from '../../src/domain/items.ts';
import type { HoldLimit } from '../../src/domain/sale.ts';

/** What the checker knows of a sale. */
export interface CheckedSale {
  limit: number;
  holdLimit: HoldLimit | null;
  /** When holds were made, by origin. */
  readonly holdTimes: Map<string, number[]>;
  line: number;
  readonly available: number[];
  readonly units: Map<string, number>;
  readonly live: Map<string, string>;
  readonly waitlist: number;
  readonly waitsToEnd: boolean;
  /** The waitlist, by line number. */
  readonly waiting: Map<
    number,
    { ticket: string; buyer: string; items: string; origin: string | undefined }
  >;
  offering: boolean;
  isClosed: boolean;
}

/** A sale as its first entry makes it. */
export function newSale({ limit, stock, waitlist = 0, waits, holdLimit }: LoadEntry): CheckedSale {
  return {
    limit,
    holdLimit: holdLimit ?? null,
    holdTimes: new Map(),
    line: 0,
    available: [...stock],
    units: new Map(),
    live: new Map(),
    waitlist,
    waitsToEnd: waits === 'to_end',
    waiting: new Map(),
    offering: false,
    isClosed: false,
  };
}

/** Whether so many units of the items are available. */
export function fitsStock(sale: CheckedSale, items: string): boolean {
  return parseItems(items).every(({ index, quantity }) => (sale.available[index] ?? 0) >= quantity);
}

/** Changes the available units of a product and returns the result. */
export function addUnits(sale: CheckedSale, index: number, units: number): number {
  const left = (sale.available[index] ?? 0) + units;
  sale.available[index] = left;
  return left;
}

/** I4, I7: what can still change by itself is not archived. */
export function archivedTooSoon(seq: number, { isClosed, live }: CheckedSale): string[] {
  const claims = [...live.keys()].map((buyer) => `I7: entry ${seq} archives ${buyer}'s claim`);
  return isClosed ? claims : [`I4: entry ${seq} archives an open sale`, ...claims];
}
