import { describe, expect, it } from 'vitest';
import { Attempts, mayResume, readAttempts, sameItems } from '../../src/web/browser/attempts.ts';
import { Places, readPlaces } from '../../src/web/browser/places.ts';
import { StoredValue } from '../../src/web/browser/stored-value.ts';
import { ServerClock } from '../../src/web/kit/clock/server-clock.ts';
import { unfinishedInWords } from '../../src/web/shop/buy/unfinished-words.ts';

function storage() {
  const values = new Map<string, string>();
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  };
}

const place = { ticketId: 't1', saleId: 's', saleName: 'Sale', buyer: 'ann' };

describe('what is stored', () => {
  it('is there for the next visit, and follows other tabs', () => {
    const shared = storage();
    const here = new StoredValue('places', readPlaces, shared);
    const there = new StoredValue('places', readPlaces, shared);
    let changes = 0;
    there.subscribe(() => changes++);
    new Places(here).keep(place);
    expect(there.get()).toEqual([]);
    there.onStorage('places');
    expect(there.get()).toEqual([place]);
    expect(changes).toBe(1);
    there.onStorage('another');
    expect(changes).toBe(1);
  });

  it('is ignored when invalid, and a browser that forbids storage is no obstacle', () => {
    const broken = storage();
    broken.setItem('places', '{"half');
    expect(new StoredValue('places', readPlaces, broken).get()).toEqual([]);
    expect(readPlaces([{ ticketId: 't' }, place])).toEqual([place]);
    expect(readAttempts('x')).toEqual([]);
    const forbidden = new StoredValue('places', readPlaces, undefined);
    forbidden.set([place]);
    expect(forbidden.get()).toEqual([place]);
  });
});

it('places are stored once each, with their order, and removed at their end', () => {
  const places = new Places(new StoredValue('places', readPlaces, storage()));
  places.keep(place);
  places.keep({ ...place, orderId: 'o1' });
  places.keep({ ...place, ticketId: 't2' });
  expect(places.get().map(({ ticketId, orderId }) => [ticketId, orderId])).toEqual([
    ['t2', undefined],
    ['t1', 'o1'],
  ]);
  places.forget('t2');
  expect(places.get()).toHaveLength(1);
});

it('a place stays while its ticket is open', () => {
  const places = new Places(new StoredValue('places', readPlaces, storage()));
  for (const status of ['queued', 'waitlisted']) {
    places.note(place, { status });
    expect(places.get()).toEqual([place]);
  }
  places.note(place, { status: 'held', order: { id: 'o1', status: 'held' } });
  expect(places.get()).toEqual([{ ...place, orderId: 'o1' }]);
  places.note(place, { status: 'paid', order: { id: 'o1', status: 'paid' } });
  expect(places.get()).toEqual([]);
  places.note(place, { status: 'sold_out' });
  expect(places.get()).toEqual([]);
});

describe('an attempt', () => {
  const items = [
    { productId: 'p', quantity: 1 },
    { productId: 'q', quantity: 2 },
  ];
  const wish = { saleId: 's', buyer: 'ann', items, fromCart: false };
  const clock = { nowMs: 5_000_000 };
  const fresh = () =>
    new Attempts(new StoredValue('attempts', readAttempts, storage()), () => clock.nowMs);

  it('keeps its key until it ends; another wish, buyer or sale has a different one', () => {
    const attempts = fresh();
    const begun = attempts.begin(wish);
    expect(begun.key).toMatch(/^[0-9a-f]{32}$/);
    expect(attempts.find('s', 'ann')).toEqual(begun);
    expect(attempts.find('s', 'bob')).toBeUndefined();
    expect(attempts.begin({ ...wish, items: items.toReversed() }).key).toBe(begun.key);
    const other = attempts.begin({ ...wish, buyer: 'bob' });
    expect(other.key).not.toBe(begun.key);
    const fromCart = attempts.begin({ ...wish, fromCart: true });
    expect(fromCart.key).not.toBe(begun.key);
    attempts.end(fromCart.key);
    expect(attempts.get()).toEqual([other]);
  });

  it('resumes by itself for two minutes, but not once set aside', () => {
    const attempts = fresh();
    const begun = attempts.begin(wish);
    const ages = [-1, 0, 120_000, 120_001];
    expect(ages.map((age) => mayResume(begun, clock.nowMs + age))).toEqual([
      ...[false, true, true, false],
    ]);
    attempts.begin({ ...wish, saleId: 'other' });
    attempts.setAside(begun.key);
    expect(attempts.get().map(({ setAside }) => setAside)).toEqual([true, false]);
    expect(attempts.get().map((one) => mayResume(one, clock.nowMs))).toEqual([false, true]);
    attempts.setAsideOf('ann');
    expect(attempts.get().map(({ setAside }) => setAside)).toEqual([true, true]);
    clock.nowMs += 500_000;
    // The buyer has asked again: the attempt continues with its key.
    const again = attempts.begin(wish);
    expect(again).toEqual({ ...begun, beganAtMs: clock.nowMs });
    expect(mayResume(again, clock.nowMs)).toBe(true);
  });

  it('counts as old when stored without a time, and its cart is unknown', () => {
    const [old, cart, ...others] = readAttempts([
      { saleId: 's', buyer: 'ann', key: 'k', items },
      { saleId: 's', buyer: 'bob', key: 'l' },
      { saleId: 's', buyer: 'bob' },
      null,
    ]);
    expect(others).toEqual([]);
    expect(old).toEqual({ ...wish, key: 'k', beganAtMs: 0, setAside: false });
    expect(cart).toMatchObject({ fromCart: true, items: [] });
    expect(old && mayResume(old, Date.now())).toBe(false);
  });

  it('has the same cart when it holds the same items, in any order', () => {
    expect(sameItems(items, items.toReversed())).toBe(true);
    expect(sameItems(items, items.slice(1))).toBe(false);
    expect(sameItems(items.slice(1), items)).toBe(false);
    const more = items.map(({ productId, quantity }) => ({ productId, quantity: quantity + 1 }));
    expect(sameItems(items, more)).toBe(false);
  });

  it('is described by what was wanted, and when', () => {
    const beganAtMs = new Date(2026, 10, 20, 10, 2).getTime();
    const products = [{ id: 'p', name: 'Standing' }];
    expect(unfinishedInWords({ items, beganAtMs }, products)).toBe(
      'You wanted 1 × Standing, 2 × a product that is gone on Friday 20 November at 10:02, and the answer got lost.',
    );
    expect(unfinishedInWords({ items: [], beganAtMs: 0 }, products)).toBe(
      'You wanted what was in your cart, and the answer got lost.',
    );
  });
});

it("the clock follows the server's time, and trusts the fastest answer", () => {
  let here = 1_000_000;
  const clock = new ServerClock(() => here);
  const sent = here;
  here += 100;
  clock.note(new Date(2_000_050).toISOString(), sent);
  expect(clock.now()).toBe(2_000_100);
  // A slow answer is out of date.
  here += 4_000;
  clock.note(new Date(9_999_999).toISOString(), here - 4_000);
  expect(clock.now()).toBe(2_004_100);
  clock.note('no time', here);
  expect(clock.now()).toBe(2_004_100);
});
