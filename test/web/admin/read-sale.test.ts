import { expect, it } from 'vitest';
import { newSaleSchema, saleChangeSchema } from '../../../src/api/schemas/sale.ts';
import { changesOf, type NewSale, readSale } from '../../../src/web/admin/rules/read-sale.ts';
import {
  draftOf,
  freshSale,
  inZone,
  type SaleDraft,
} from '../../../src/web/admin/rules/sale-draft.ts';

const NOW = new Date('2026-07-01T10:00:00Z');

function filled(change: Partial<SaleDraft> = {}): SaleDraft {
  const fresh = freshSale(NOW);
  const products = fresh.products.map((product) => {
    return { ...product, name: 'Sneaker', price: '149', stock: '100' };
  });
  return { ...fresh, name: 'Drop', products, ...change };
}

function read(draft: SaleDraft): NewSale {
  const form = readSale(draft);
  if ('problems' in form) throw new Error([...form.problems].join());
  return form.value;
}

const problemsOf = (draft: SaleDraft) => {
  const form = readSale(draft);
  return 'problems' in form ? [...form.problems.keys()] : [];
};

it('a new form requires a name, and the name, price and units of a product', () => {
  expect(problemsOf(freshSale(NOW))).toEqual([
    ...['name', 'products.0.name', 'products.0.amount', 'products.0.stock'],
  ]);
});

it('what is read is what the API takes', () => {
  const sale = read(filled({ limitsHolds: true }));
  expect(newSaleSchema.parse(sale)).toEqual(sale);
  expect(sale).toMatchObject({
    holdSeconds: 600,
    offerSeconds: null,
    holdLimit: { count: 2, windowSeconds: 3_600 },
    products: [{ amount: 14_900, currency: 'eur', stock: 100 }],
  });
});

it('a sale that is there, as it stands in the form, reads as the same sale', () => {
  const { products: _, ...settings } = read(
    filled({ limitsHolds: true, challenge: true, hold: { text: '90', unit: 'seconds' } }),
  );
  const view = { phase: 'upcoming' as const, serverTime: NOW.toISOString(), products: [] };
  for (const [offerSeconds, typed] of [
    [90, null], // as holds
    [30, 30],
  ] as const) {
    const shown = { ...settings, ...view, offerSeconds };
    const draft = draftOf({ ...shown, id: 's', line: { waiting: 0, decided: 0 } });
    expect(read(draft)).toEqual({ ...settings, offerSeconds: typed, products: [] });
  }
});

it('every problem is found at once, under the path that the API has for it', () => {
  const draft = filled({
    ...{ name: ' ', endsAt: { text: '2020-01-01T00:00', isSecond: false }, perBuyerLimit: 'two' },
    ...{ hold: { text: '25', unit: 'hours' }, limitsHolds: true, holdCount: '21' },
    ...{ timesOffers: true, offer: { text: '', unit: 'minutes' } },
  });
  const [product] = draft.products;
  const products = product === undefined ? [] : [{ ...product, currency: 'euro' }];
  expect(problemsOf({ ...draft, products }).sort()).toEqual(
    [
      ...['endsAt', 'name', 'perBuyerLimit', 'holdSeconds', 'holdLimit.count'],
      ...['offerSeconds', 'products.0.currency'],
    ].sort(),
  );
});

it('only differences are changes, so that frozen fields may stay in the form', () => {
  const before = filled();
  const [product] = before.products;
  const products = product === undefined ? [] : [{ ...product, price: '150' }];
  const change = changesOf(read(before), read(filled({ name: 'Drop 2', products })), ['p1']);
  expect(change).toEqual({ name: 'Drop 2', products: [{ id: 'p1', amount: 15_000 }] });
  expect(saleChangeSchema.parse(change)).toEqual(change);
});

it('a time for offers is a change, and so is that they are held as long as others', () => {
  const offers = (minutes?: string) =>
    read(
      filled({
        timesOffers: minutes !== undefined,
        offer: { text: `${minutes}`, unit: 'minutes' },
      }),
    );
  expect(changesOf(offers(), offers('3'), ['p1'])).toEqual({ offerSeconds: 180 });
  expect(changesOf(offers('3'), offers(), ['p1'])).toEqual({ offerSeconds: null });
  // A time that was set to be equal to that of holds is not taken for none.
  const longer = { ...offers(), holdSeconds: 900 };
  expect(changesOf(offers(), longer, ['p1'])).toEqual({ holdSeconds: 900, offerSeconds: null });
});

it('a limit of holds can be lifted', () => {
  const [before, after] = [filled({ limitsHolds: true }), filled({ limitsHolds: false })];
  expect(changesOf(read(before), read(after), ['p1'])).toEqual({ holdLimit: null });
});

it('an unchanged form, a waitlist or other units are no change', () => {
  const before = read(filled());
  const [product] = filled().products;
  const products = product === undefined ? [] : [{ ...product, stock: '7' }];
  expect(changesOf(before, read(filled({ waitlist: false, products })), ['p1'])).toBeUndefined();
});

it('another time zone keeps what is typed in a new sale, and the moments of a made one', () => {
  const typed = { text: '2026-07-01T20:00', isSecond: false };
  const draft = filled({
    timeZone: 'UTC',
    startsAt: typed,
    endsAt: { ...typed, text: '2026-07-02T20:00' },
  });
  const made = inZone(draft, 'Europe/Berlin', true);
  expect(read(made)).toMatchObject({
    timeZone: 'Europe/Berlin',
    startsAt: '2026-07-01T18:00:00.000Z',
  });
  const moved = inZone(draft, 'Europe/Berlin', false);
  expect(moved.startsAt.text).toBe('2026-07-01T22:00');
  expect(changesOf(read(draft), read(moved), ['p1'])).toEqual({ timeZone: 'Europe/Berlin' });
});
