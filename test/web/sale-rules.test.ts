import { describe, expect, it } from 'vitest';
import { fromSettings } from '../../src/api/schemas/sale.ts';
import { DEFAULT_SETTINGS } from '../../src/domain/sale-settings.ts';
import { withSnapshot } from '../../src/web/client/sale/snapshot.ts';
import { allStock } from '../../src/web/client/sale/stock.ts';
import {
  isOver,
  type SaleFacts,
  stateAt,
  takesTickets,
  waits,
} from '../../src/web/shop/buy/sale-state.ts';
import { artOf } from '../../src/web/shop/sale/art.ts';
import {
  choose,
  firstSelection,
  hasToWait,
  itemsOf,
  mostOf,
  totalsOf,
  unitsOf,
} from '../../src/web/shop/sale/selection.ts';
import { stockInWords } from '../../src/web/shop/sale/stock-words.ts';
import { groupSales } from '../../src/web/shop/sales/group-sales.ts';

const NOON = Date.parse('2030-06-01T12:00:00Z');
const HOUR = 3_600_000;

function product(id: string, available: number, held = 0, amount = 1_000, currency = 'eur') {
  const stock = { total: 10, available, held, sold: 10 - available - held };
  return { id, name: id, description: '', amount, currency, stock };
}

function settings(name: string) {
  const times = { startsAtMs: NOON - HOUR, endsAtMs: NOON + HOUR, holdMs: 60_000 };
  return fromSettings({ ...DEFAULT_SETTINGS, ...times, name, perBuyerLimit: 3 });
}

function sale(about: Partial<SaleFacts> = {}): SaleFacts {
  return {
    phase: 'open',
    startsAt: new Date(NOON - HOUR).toISOString(),
    endsAt: new Date(NOON + HOUR).toISOString(),
    perBuyerLimit: 3,
    waitlist: false,
    products: [product('a', 5)],
    ...about,
  };
}

describe('the state of a sale', () => {
  it('follows the clock, whatever the last known phase', () => {
    const upcoming = sale({ phase: 'upcoming' });
    expect(stateAt(upcoming, NOON - 2 * HOUR)).toBe('upcoming');
    expect(stateAt(upcoming, NOON - HOUR)).toBe('open');
    expect(stateAt(upcoming, NOON + HOUR)).toBe('closed');
  });

  it('is closed where its seller closed it', () => {
    expect(stateAt(sale({ phase: 'closed' }), NOON)).toBe('closed');
  });

  it('tells what may come back, and to whom', () => {
    const held = [product('a', 0, 2)];
    expect(stateAt(sale({ products: held }), NOON)).toBe('all_held');
    expect(stateAt(sale({ products: held, waitlist: true }), NOON)).toBe('waitlist');
    const sold = [product('a', 0)];
    expect(stateAt(sale({ products: sold, waitlist: true }), NOON)).toBe('waitlist_only');
    expect(stateAt(sale({ products: sold }), NOON)).toBe('sold_out');
  });

  it('allows buying where something can be won, and is over where nothing can come back', () => {
    const waiting = ['waitlist', 'waitlist_only'] as const;
    const states = ['upcoming', 'open', ...waiting, 'all_held', 'sold_out', 'closed'] as const;
    expect(states.filter(takesTickets)).toEqual(['open', ...waiting]);
    expect(states.filter(waits)).toEqual(waiting);
    expect(states.filter(isOver)).toEqual(['sold_out', 'closed']);
  });
});

describe('a selection', () => {
  const two = sale({ products: [product('a', 5), product('b', 1, 1, 250)] });

  it('starts with one unit of the only product', () => {
    expect(firstSelection(sale())).toEqual({ a: 1 });
    expect(firstSelection(two)).toEqual({});
  });

  it('keeps to the limit per buyer, over all products', () => {
    const chosen = choose(two, { b: 1 }, 'a', 9);
    expect(chosen).toEqual({ a: 2, b: 1 });
    expect(unitsOf(chosen)).toBe(3);
    expect(mostOf(two, chosen, 'a')).toBe(2);
  });

  it('keeps to the stock; with a waitlist, to all units that there are', () => {
    expect(mostOf(two, {}, 'b')).toBe(1);
    expect(mostOf({ ...two, waitlist: true }, {}, 'b')).toBe(3); // the limit per buyer
    const scarce = sale({ perBuyerLimit: 20, waitlist: true });
    expect(mostOf(scarce, {}, 'a')).toBe(10);
    expect(mostOf(two, {}, 'gone')).toBe(0);
    expect(choose(two, { b: 1 }, 'b', -1)).toEqual({ b: 0 });
  });

  it('has to wait where fewer units are available', () => {
    expect(hasToWait(two, { a: 5, b: 1 })).toBe(false);
    expect(hasToWait(two, { b: 2 })).toBe(true);
  });

  it('is sent without zero quantities, and has a total', () => {
    expect(itemsOf({ a: 2, b: 0 })).toEqual([{ productId: 'a', quantity: 2 }]);
    expect(totalsOf(two.products, { a: 2, b: 1 })).toEqual([{ amount: 2_250, currency: 'eur' }]);
    const mixed = [product('a', 5), product('c', 5, 0, 300, 'usd')];
    expect(totalsOf(mixed, { a: 1, c: 1 })).toHaveLength(2);
  });
});

it('stock is described by what it means to a buyer', () => {
  const words = [product('a', 5), product('a', 0, 2), product('a', 0)].map(({ stock }) =>
    stockInWords(stock),
  );
  expect(words).toEqual(['5 of 10 left', '2 held, may come back', 'Sold out']);
  expect(allStock([product('a', 5), product('b', 0, 2)])).toMatchObject({
    total: 20,
    available: 5,
    held: 2,
  });
});

it('the front page shows what can be bought first, and what is over last', () => {
  const view = (id: string, about: Partial<SaleFacts>) => ({
    ...settings(id),
    ...sale(about),
    id,
    serverTime: '',
    line: { waiting: 0, decided: 0 },
    products: [...(about.products ?? [product('a', 5)])],
  });
  const at = (hours: number) => new Date(NOON + hours * HOUR).toISOString();
  const groups = groupSales(
    [
      view('gone', { products: [product('a', 0)], endsAt: at(1) }),
      view('later', { endsAt: at(9) }),
      view('sooner', { endsAt: at(2) }),
      view('next week', { startsAt: at(100), endsAt: at(200) }),
      view('tomorrow', { startsAt: at(24), endsAt: at(200) }),
      view('long ago', { endsAt: at(-50) }),
      view('just now', { endsAt: at(-1) }),
    ],
    NOON,
  );
  const names = (sales: readonly { name: string }[]) => sales.map(({ name }) => name);
  expect(names(groups.live)).toEqual(['sooner', 'later', 'gone']);
  expect(names(groups.upcoming)).toEqual(['tomorrow', 'next week']);
  expect(names(groups.over)).toEqual(['just now', 'long ago']);
});

it('an event wins over an answer, unless that is later by more than its maximum age', () => {
  const answer = {
    ...settings('Sale'),
    ...sale({ products: [product('a', 5), product('b', 4)] }),
    id: 's',
    serverTime: '2026-11-21T12:00:01.000Z',
    line: { waiting: 9, decided: 0 },
    products: [product('a', 5), product('b', 4)],
  };
  const { stock } = product('a', 0, 1);
  const line = { waiting: 0, decided: 9 };
  const serverTime = '2026-11-21T12:00:00.000Z';
  const products = [{ id: 'a', stock }];
  const event = { phase: 'sold_out', line, products, serverTime } as const;
  const merged = withSnapshot(answer, event);
  expect(merged.products.map((one) => one.stock.available)).toEqual([0, 4]);
  expect(merged).toMatchObject({ phase: 'sold_out', name: 'Sale', line });
  expect(withSnapshot(answer, undefined)).toBe(answer);
  const later = { ...answer, serverTime: '2026-11-21T12:00:01.001Z' };
  expect(withSnapshot(later, event)).toBe(later);
});

it('the picture of a sale is the same each time, and another for another sale', () => {
  expect(artOf('one')).toEqual(artOf('one'));
  expect(artOf('one')).not.toEqual(artOf('two'));
});
