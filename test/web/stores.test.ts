import { describe, expect, it } from 'vitest';
import { ServerClock } from '../../src/web/clock/server-clock.ts';
import { Attempts, readAttempts } from '../../src/web/store/attempts.ts';
import { Places, readPlaces } from '../../src/web/store/places.ts';
import { StoredValue } from '../../src/web/store/stored-value.ts';

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
    let told = 0;
    there.subscribe(() => told++);
    new Places(here).keep(place);
    expect(there.get()).toEqual([]);
    there.onStorage('places');
    expect(there.get()).toEqual([place]);
    expect(told).toBe(1);
    there.onStorage('another');
    expect(told).toBe(1);
  });

  it('that is broken is nothing, and a browser that forbids storing is no obstacle', () => {
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

it('places are kept once each, with the order they came to, and forgotten at their end', () => {
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

it('a place stays while something can become of it', () => {
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

it('an attempt keeps its key until it ends; another buyer or sale has another', () => {
  const attempts = new Attempts(new StoredValue('attempts', readAttempts, storage()));
  const items = [{ productId: 'p', quantity: 1 }];
  const begun = attempts.begin({ saleId: 's', buyer: 'ann', items });
  expect(begun.key).toMatch(/^[0-9a-f]{32}$/);
  expect(attempts.find('s', 'ann')).toEqual(begun);
  expect(attempts.find('s', 'bob')).toBeUndefined();
  const other = attempts.begin({ saleId: 's', buyer: 'bob', items });
  expect(other.key).not.toBe(begun.key);
  attempts.end(begun.key);
  expect(attempts.get()).toEqual([other]);
});

it("the clock goes by the server's time, and believes the fastest answer", () => {
  let here = 1_000_000;
  const clock = new ServerClock(() => here);
  const sent = here;
  here += 100;
  clock.note(new Date(2_000_050).toISOString(), sent);
  expect(clock.now()).toBe(2_000_100);
  // A slow answer knows less.
  here += 4_000;
  clock.note(new Date(9_999_999).toISOString(), here - 4_000);
  expect(clock.now()).toBe(2_004_100);
  clock.note('no time', here);
  expect(clock.now()).toBe(2_004_100);
});
