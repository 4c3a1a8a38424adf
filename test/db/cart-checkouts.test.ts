import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noteCheckout, takeBackCheckout } from '../../src/db/cart-checkouts.ts';
import { putIntoCart, takeFromCart } from '../../src/db/carts.ts';
import { connectDb, type Db } from '../../src/db/client.ts';
import { createDatabase, silent } from '../support/database.ts';

describe('the note of a checkout', () => {
  let db: Db;
  let buyers = 0;
  beforeAll(async () => {
    db = connectDb(await createDatabase(), silent);
  });
  afterAll(() => db.destroy());

  /** A buyer with one product in the cart. */
  const owner = async () => {
    const of = { sale: 's', buyer: `buyer ${++buyers}` };
    await putIntoCart(db, of, 'p', 2);
    return { ...of, key: `key ${buyers}` };
  };
  const usesOf = async (key: string) =>
    (await db.selectFrom('cart_checkouts').select('uses').where('key', '=', key).executeTakeFirst())
      ?.uses;

  it('keeps the first content of the cart, even if the cart is empty by then', async () => {
    const ann = await owner();
    expect(await noteCheckout(db, ann, ann.key)).toEqual({ p: 2 });
    await putIntoCart(db, ann, 'q', 1);
    expect(await noteCheckout(db, ann, ann.key)).toEqual({ p: 2 });
    await takeFromCart(db, ann);
    expect(await noteCheckout(db, ann, ann.key)).toEqual({ p: 2 });
    expect(await noteCheckout(db, ann, 'another key')).toBeUndefined();
  });

  it('stays as long as one request with its key may have come into the line', async () => {
    const bob = await owner();
    await noteCheckout(db, bob, bob.key);
    await noteCheckout(db, bob, bob.key);
    await takeBackCheckout(db, 's', bob.key); // the first was refused, the second was not
    expect(await usesOf(bob.key)).toBe(1);
    await takeBackCheckout(db, 's', bob.key);
    expect(await usesOf(bob.key)).toBeUndefined();
    await putIntoCart(db, bob, 'p', 1);
    expect(await noteCheckout(db, bob, bob.key)).toEqual({ p: 1 });
  });

  it('is found by everybody at once, whoever takes theirs back', async () => {
    const cid = await owner();
    const requests = Array.from({ length: 40 }, async (_, i) => {
      const noted = await noteCheckout(db, cid, cid.key);
      if (i % 4 !== 0) await takeBackCheckout(db, 's', cid.key);
      return noted;
    });
    for (const noted of await Promise.all(requests)) expect(noted).toEqual({ p: 2 });
    expect(await usesOf(cid.key)).toBe(10);
  });
});
