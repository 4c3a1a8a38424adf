import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditReport, auditSale, auditSnapshot, isSound } from '../../src/audit/audit.ts';
import type { Tx } from '../../src/db/client.ts';
import { makeSigningKey } from '../../src/process/signing-key.ts';
import { formatNote, parseNote } from '../../src/proof/note.ts';
import { LogSigner } from '../../src/public-log/signer.ts';
import { ShardKeys } from '../../src/redis/keys.ts';
import { readRemembered } from '../../src/redis/published-logs.ts';
import { restock } from '../../src/redis/scripts/restock.ts';
import { type PaymentSystem, startPaymentSystem } from '../support/payments.ts';
import { type FullSale, playSale, untilFollowed } from './selling.ts';

/** Undoes a forgery. */
class Undo extends Error {}

/** What is wrong, by part. */
function differencesOf(report: AuditReport | undefined): Record<string, string> {
  const wrong = (report?.parts ?? []).flatMap(({ name, difference }) =>
    difference === undefined ? [] : [[name, difference]],
  );
  return Object.fromEntries(wrong);
}

describe('the audit finds and names', () => {
  let system: PaymentSystem;
  let full: FullSale;
  let sale: string;
  beforeAll(async () => {
    system = await startPaymentSystem();
    system.startWorker();
    full = await playSale(system);
    sale = full.sale.id;
    await restockOften(system, full, 250);
    await untilFollowed(system, sale);
    await system.stopWorker();
  });
  afterAll(() => system.stop());

  /** Audits what somebody made of the database who may write everywhere, and undoes it. */
  const forged = async (forge: (tx: Tx) => Promise<unknown>): Promise<Record<string, string>> => {
    const remembered = await readRemembered(system.redis, new ShardKeys(0), sale);
    let report: AuditReport | undefined;
    const transaction = system.owner.transaction().execute(async (tx) => {
      await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx);
      await forge(tx);
      report = await auditSnapshot(tx, sale, remembered);
      throw new Undo();
    });
    await expect(transaction).rejects.toThrow(Undo);
    return differencesOf(report);
  };
  /** The entry of the ticket that waited until the end, and those around it. */
  const decides = async () => {
    const rows = await system.db
      .selectFrom('log')
      .select(['seq', 'entry'])
      .where('sale_id', '=', sale)
      .where('kind', '=', 'decide')
      .orderBy('seq')
      .execute();
    return rows.map(({ seq, entry }) => ({ seq, entry }));
  };
  const letterOf = (entry: string) => /"out":"(.)"/.exec(entry)?.[1];

  it('nothing in an honest sale to which everything has happened', async () => {
    const report = await auditSale(system, sale);
    expect(differencesOf(report)).toEqual({});
    expect(report && isSound(report)).toBe(true);
    expect(report).toMatchObject({ tickets: 10, winners: 6, inversions: 0, drift: 0 });
    const notes = report?.parts.flatMap((part) => part.notes);
    expect(notes).toEqual([]);
  });

  it('an outcome that was changed in the log', async () => {
    const waiting = (await decides()).find(({ entry }) => letterOf(entry) === 'W');
    const seq = waiting?.seq ?? 0;
    const found = await forged((tx) =>
      tx
        .updateTable('log')
        .set({ entry: waiting?.entry.replace('"out":"W"', '"out":"H"') ?? '' })
        .where('seq', '=', seq)
        .execute(),
    );
    expect(found['rules']).toMatch(
      new RegExp(`^entry ${seq} \\(decide\\): line number \\d+ got H, by the rules W$`),
    );
    expect(found['invariants']).toContain(`entry ${seq}: I1`);
    expect(found['public log']).toContain(`is not what the log has as entry ${seq} (decide)`);
    expect(found['ledger']).toContain(`the row of entry ${seq} is missing`);
    expect(found['orders']).toBeDefined();
    expect(found['history']).toContain('outcome is "waitlisted", by the log "held"');
  });

  it('an entry that was dropped', async () => {
    const seq = (await decides())[1]?.seq ?? 0;
    const found = await forged((tx) => tx.deleteFrom('log').where('seq', '=', seq).execute());
    expect(found['log']).toBe(`entry ${seq} of shard 0 is missing`);
    expect(found['rules']).toMatch(/^entry \d+ \(\w+\): /);
    expect(found['invariants']).toMatch(/^entry \d+: I[27]: /);
    expect(found['public log']).toContain(`is of entry ${seq}, which the log does not have there`);
  });

  it('the last entry that was dropped', async () => {
    const found = await forged((tx) =>
      sql`delete from log where seq = (select log_seq from shards)`.execute(tx),
    );
    expect(found['log']).toMatch(/^its last entry is \d+, the sale has entry \d+$/);
  });

  it('two entries that were swapped', async () => {
    const [one, other] = (await decides()).slice(1, 3).map(({ seq }) => seq);
    const found = await forged(async (tx) => {
      await sql`update log set seq = -1 where seq = ${one}`.execute(tx);
      await sql`update log set seq = ${one} where seq = ${other}`.execute(tx);
      await sql`update log set seq = ${other} where seq = -1`.execute(tx);
    });
    expect(found['rules']).toMatch(new RegExp(`^entry ${one} \\(decide\\): `));
    expect(found['invariants']).toContain(`entry ${one}: I2`);
    expect(found['public log']).toContain(`is not what the log has as entry ${one} (decide)`);
  });

  it('an entry that is none, and a row beside its entry', async () => {
    const seq = (await decides())[1]?.seq ?? 0;
    const found = await forged((tx) =>
      sql`update log set entry = '{"k":"gift"}' where seq = ${seq}`.execute(tx),
    );
    expect(found['log']).toBe(`entry ${seq} is no entry that a script writes`);
    const other = await forged((tx) =>
      sql`update log set job = job + 1 where seq = ${seq}`.execute(tx),
    );
    expect(Object.keys(other)).toEqual(['log']);
    expect(other['log']).toContain(`the row of entry ${seq}: job is`);
  });

  it.each([
    [
      'leaf',
      sql`leaf = overlay(leaf placing '\\x7d'::bytea from 20)`,
      'is not what the log has as',
    ],
    [
      'hash',
      sql`hash = overlay(hash placing '\\x00ff'::bytea from 5)`,
      'the hash of leaf 7 is not',
    ],
    ['place', sql`index = 9999`, 'has no leaf 7'],
  ])('a %s of the public log that was changed', async (_, set, words) => {
    const found = await forged((tx) =>
      sql`update public_log_leaves set ${set} where sale_id = ${sale} and index = 7`.execute(tx),
    );
    expect(found['public log']).toContain(words);
  });

  it('a public log that was made anew: it is not what was signed', async () => {
    const found = await forged((tx) =>
      sql`
        update public_log_leaves set leaf = l.leaf, hash = l.hash from (
          select leaf, hash from public_log_leaves where sale_id = ${sale} and index = 8) l
        where sale_id = ${sale} and index = 7`.execute(tx),
    );
    expect(found['public log']).toContain('leaf 7 is not what the log has');
    expect(found['checkpoint']).toMatch(/^its root is \S+=, that of the leaves \S+=$/);
  });

  it.each([
    ['changed', sql`update public_log_nodes set hash = sha256('x')`, 'is not that of its leaves'],
    ['dropped', sql`delete from public_log_nodes`, 'node 8/0 is missing'],
    [
      'added',
      sql`insert into public_log_nodes select sale_id, number, 8, 77, hash from public_log_nodes`,
      'node 8/77 is too much',
    ],
  ])('a node that was %s', async (_, statement, words) => {
    const found = await forged((tx) => statement.execute(tx));
    expect(Object.keys(found)).toEqual(['public log']);
    expect(found['public log']).toContain(words);
  });

  it.each([
    [sql`peaks = overlay(peaks placing '\\x00ff'::bytea from 5)`, 'peaks'],
    [sql`counts = counts || '{"held":9}'`, 'its counts are'],
    [sql`line_number = 3`, 'its line number is 3, by the log 10'],
  ])('what is kept beside the leaves: %#', async (set, words) => {
    const found = await forged((tx) => sql`update public_logs set ${set}`.execute(tx));
    expect(Object.keys(found)).toEqual(['public log']);
    expect(found['public log']).toContain(words);
  });

  it('a checkpoint that another key signed, and one of another size', async () => {
    const { checkpoint } = await system.db
      .selectFrom('public_logs')
      .select('checkpoint')
      .executeTakeFirstOrThrow();
    const note = parseNote(checkpoint ?? '');
    const text = note?.text ?? '';
    const signedBy = (signer: LogSigner, signed: string) =>
      formatNote({ text: signed, signatures: [signer.sign(signed)] });
    const stranger = new LogSigner(makeSigningKey('test.example'));
    const found = await forged((tx) =>
      tx
        .updateTable('public_logs')
        .set({ checkpoint: signedBy(stranger, text) })
        .execute(),
    );
    expect(found).toEqual({ checkpoint: 'it is signed by none of the 1 keys in log_keys' });
    const shorter = text.replace(/\n\d+\n/, '\n5\n');
    const short = await forged((tx) =>
      tx
        .updateTable('public_logs')
        .set({ checkpoint: signedBy(stranger, shorter) })
        .execute(),
    );
    expect(Object.keys(short)).toEqual(['checkpoint']);
    const counts = await forged((tx) =>
      sql`update public_logs set checkpoint_counts = '{}'`.execute(tx),
    );
    expect(counts).toEqual({ checkpoint: 'its counts are not those of the log' });
  });

  it('a log that ends before what Redis remembers as published', async () => {
    const keys = new ShardKeys(0);
    const known = await system.redis.hget(keys.published, sale);
    const [number, size, root] = known?.split(' ') ?? [];
    const withRemembered = async (text: string) => {
      await system.redis.hset(keys.published, sale, text);
      return forged(async () => undefined);
    };
    expect(await withRemembered(`${number} 9999 ${root}`)).toEqual({
      checkpoint: expect.stringContaining('Postgres was restored to an older state'),
    });
    expect(await withRemembered(`${number} ${size} ${'A'.repeat(43)}=`)).toEqual({
      checkpoint: expect.stringContaining(`Redis remembers ${size} leaves as published with root`),
    });
    await withRemembered(known ?? '');
  });

  it.each([
    [`update orders set status = 'expired' where status = 'cancelled'`, 'orders', 'status is'],
    [`update orders set line_number = 77 where line_number = 2`, 'orders', 'line number 2 is miss'],
    [`update orders set amount = amount + 1 where line_number = 2`, 'orders', 'amount is'],
    [`update order_items set quantity = quantity + 1 where amount = 0`, 'orders', 'items is'],
    [`update waitlist set status = 'rejected' where status = 'cancelled'`, 'orders', 'place on'],
    [
      `update products set available = available + 1, sold = sold - 1 where index = 0`,
      'sale and stock',
    ],
    [`update sales set per_buyer_limit = 9`, 'sale and stock', 'limit is 9, by the log 2'],
    [`update sales set line_number = 11`, 'sale and stock', 'line_number is 11, by the log 10'],
    [`update sale_counts set count = 9 where name = 'held'`, 'sale and stock', 'has 9 of held'],
    [
      `update inventory_ledger set cause = 'gift' where cause = 'paid'`,
      'ledger',
      'cause is "gift"',
    ],
    [`delete from inventory_ledger where cause = 'retaken'`, 'ledger', 'is missing'],
    [
      `insert into inventory_ledger (shard, seq, product_id, cause, available, held, sold)
        select shard, seq, product_id, cause, available, held, sold from inventory_ledger
        order by seq desc limit 1`,
      ...['ledger', 'is of nothing in the log'],
    ],
    [`update tickets set outcome = 'sold_out' where outcome = 'held'`, 'history', 'outcome is'],
    [`delete from tickets where line_number = 3`, 'history', 'line number 3 is missing'],
    [`update tickets set facts = '0:0/4' where facts is not null`, 'history', 'facts is "0:0/4"'],
  ])('%s', async (statement, part, words = '') => {
    const found = await forged((tx) => sql.raw(statement).execute(tx));
    expect(Object.keys(found)).toContain(part);
    expect(found[part]).toContain(words);
    expect(found).not.toHaveProperty('rules');
  });

  it.each([
    [`update payments set outcome = 'refund' where outcome = 'paid'`, 'outcome is "refund"'],
    [`update payments set outcome = null, seq = null where outcome = 'retaken'`, 'outcome is null'],
    [`update payments set amount = amount - 1 where outcome = 'paid'`, 'amount is'],
    [
      `update refunds set amount = 1 where not returned`,
      'has to go back, and its refunds want 1 of',
    ],
    [`update refunds set returned = false`, 'which is missing'],
    [`update refunds set returned = true, items = '0x1'`, 'has returned units, by the log it has'],
    [`update refunds set amount = 99999`, 'more went back than was paid'],
  ])('money: %s', async (statement, words) => {
    const found = await forged((tx) => sql.raw(statement).execute(tx));
    expect(Object.keys(found)).toEqual(['payments']);
    expect(found['payments']).toContain(words);
  });

  it('a payment that the log has settled and nobody else knows', async () => {
    const found = await forged(async (tx) => {
      await sql`delete from refunds`.execute(tx);
      await sql`delete from payments`.execute(tx);
    });
    expect(found['payments']).toMatch(/^payment pi_\S+, settled by entry \d+, is missing$/);
  });

  it('a leaf that was changed, also when the salt of its tags was erased', async () => {
    const erase = (tx: Tx) => sql`update sales set public_salt = null`.execute(tx);
    expect(await forged(erase)).toEqual({});
    const found = await forged(async (tx) => {
      await erase(tx);
      await sql`
        update public_log_leaves set leaf = replace(convert_from(leaf, 'UTF8'), '"out":"W"',
          '"out":"S"')::bytea where sale_id = ${sale}`.execute(tx);
    });
    expect(found['public log']).toContain('is not what the log has as entry');
  });

  it('a sale whose history was dropped: it says so', async () => {
    const found = await forged(async (tx) => {
      await sql`update sales set history_dropped = true`.execute(tx);
      await sql`delete from tickets`.execute(tx);
    });
    expect(found).toEqual({});
  });

  it('what Redis has otherwise than Postgres', async () => {
    const shard = system.shards.at(0);
    const key = shard.keys.at(await shard.epoch()).sale(sale).sale;
    const available = await system.redis.hget(key, 'a0');
    await system.redis.hset(key, 'a0', '77');
    const report = await auditSale(system, sale);
    await system.redis.hset(key, 'a0', available ?? '');
    expect(differencesOf(report)).toEqual({ Redis: expect.stringContaining('a0 of') });
    expect(report).toMatchObject({ drift: 1 });
  });
});

/** Adds a unit and takes it away, so that the public log has nodes. */
async function restockOften(system: PaymentSystem, { sale }: FullSale, times: number) {
  for (let i = 0; i < times; i++) {
    const wish = { sale: sale.id, index: 0, delta: i % 2 === 0 ? 1 : -1, key: `r${i}` };
    await system.shards.at(0).change(restock, wish);
  }
}
