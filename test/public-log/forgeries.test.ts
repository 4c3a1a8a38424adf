import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReceiptView } from '../../src/api/schemas/proof.ts';
import { findPublishedLog } from '../../src/db/public-logs.ts';
import { formatCheckpoint, parseCheckpoint } from '../../src/proof/checkpoint.ts';
import { GrowingTree } from '../../src/proof/growing-tree.ts';
import { leafHash } from '../../src/proof/merkle.ts';
import { formatNote, parseNote } from '../../src/proof/note.ts';
import { formatPromise } from '../../src/proof/promise.ts';
import type { VerifyOptions } from '../../src/proof/verify.ts';
import { LogSigner } from '../../src/public-log/signer.ts';
import { Client } from '../support/client.ts';
import { buildForeignVerifier } from '../support/foreign-verifier.ts';
import { verifySale } from '../support/public-log.ts';
import { LOG_KEY, startSystem, type TestSystem } from '../support/system.ts';

/**
 * What an operator could try afterwards, done to the database. Each is found by its name with our
 * verifier, and where Go's packages can see it, by those.
 */
describe('a forged log of a finished sale', () => {
  let system: TestSystem;
  let client: Client;
  let sale: string;
  let receipt: ReceiptView;
  let checkpoint: string;
  let foreign: Awaited<ReturnType<typeof buildForeignVerifier>>;
  const signer = new LogSigner(LOG_KEY);
  beforeAll(async () => {
    [system, foreign] = await Promise.all([startSystem({ batchMax: 1 }), buildForeignVerifier()]);
    system.startWorker();
    client = new Client(system.url);
  });
  afterAll(async () => {
    foreign.remove();
    await system.stop();
  });
  beforeEach(async () => {
    const made = await client.createSale({ stock: 2 });
    sale = made.id;
    let last = { ticketId: '', token: '' };
    for (let i = 0; i < 5; i++) {
      const token = await client.token(`buyer ${i}`);
      const { ticketId } = (await client.take(made, token)).body;
      await client.poll(ticketId, token);
      last = { ticketId, token };
    }
    const path = `/api/tickets/${last.ticketId}/receipt`;
    receipt = (await client.call<ReceiptView>('GET', path, { token: last.token })).body;
    expect(receipt.leafIndex).toBe(5); // the load of the sale is the first
    checkpoint = (await findPublishedLog(system.db, sale))?.checkpoint ?? '';
  });

  const found = async (options: Partial<VerifyOptions> = {}) => {
    const { findings } = await verifySale(system.url, sale, options);
    return findings.map(({ name }) => name);
  };
  const go = (kept?: { receipt?: object; kept?: string }) =>
    foreign.verify(`${system.url}/api/sales/${sale}/log`, signer.vkey, kept);

  /** Makes the whole log anew from other leaves, and signs it: as consistent as a forger can. */
  const rewrite = async (change: (leaves: string[]) => string[]) => {
    const rows = await system.owner
      .selectFrom('public_log_leaves')
      .select('leaf')
      .where('sale_id', '=', sale)
      .orderBy('index')
      .execute();
    const leaves = change(rows.map(({ leaf }) => leaf.toString()));
    const tree = new GrowingTree();
    await sql`delete from public_log_leaves where sale_id = ${sale}`.execute(system.owner);
    for (const [index, leaf] of leaves.entries()) {
      const hash = Buffer.from(leafHash(Buffer.from(leaf)));
      tree.append(hash);
      const row = { sale_id: sale, number: 1, index, seq: index, hash, leaf: Buffer.from(leaf) };
      await system.owner.insertInto('public_log_leaves').values(row).execute();
    }
    const { origin = '' } = parseCheckpoint(parseNote(checkpoint)?.text ?? '') ?? {};
    const text = formatCheckpoint({ origin, size: tree.size, root: tree.root() });
    const signed = formatNote({ text, signatures: [signer.sign(text)] });
    await system.owner
      .updateTable('public_logs')
      .set({ checkpoint: signed, checkpoint_size: tree.size, size: tree.size })
      .where('sale_id', '=', sale)
      .execute();
  };
  const swap = <T>([a, b, c, d, ...rest]: T[]): T[] =>
    c === undefined || d === undefined
      ? []
      : [a, b, d, c, ...rest].filter((one) => one !== undefined);

  it('would be right, were it not forged (control)', async () => {
    expect(await found({ receipts: [receipt], kept: [checkpoint] })).toEqual([]);
    const { isRight, text } = await go({ receipt, kept: checkpoint });
    expect(text).toContain('entries: all 6 are in the tree');
    expect(text).toContain('promise: signed');
    expect(text).toContain('receipt: its entry is leaf 5 of the log');
    expect(text).toContain('kept checkpoint: the log continues it from 6 entries');
    expect(isRight).toBe(true);
  });

  it('an outcome changed in the database', async () => {
    await sql`update public_log_leaves set leaf = convert_to(
        replace(convert_from(leaf, 'utf8'), '"out":"S"', '"out":"H"'), 'utf8')
      where sale_id = ${sale} and index = 5`.execute(system.owner);
    expect(await found()).toEqual(['tile_changed', 'root_wrong', 'outcome_wrong']);
    expect((await go()).isRight).toBe(false);
  });

  it('an outcome changed, with a new tree and a new signature', async () => {
    await rewrite((leaves) => leaves.map((leaf) => leaf.replace('"out":"S"', '"out":"H"')));
    expect(await found()).toEqual(['outcome_wrong']);
    expect(await found({ kept: [checkpoint] })).toEqual(['split_view', 'outcome_wrong']);
    expect((await go({ kept: checkpoint })).isRight).toBe(false);
  });

  it('an entry dropped', async () => {
    await sql`delete from public_log_leaves where sale_id = ${sale} and index = 3`.execute(
      system.owner,
    );
    expect(await found()).toContain('log_incomplete');
    expect((await go()).isRight).toBe(false);
  });

  it('an entry dropped, with a new tree and a new signature', async () => {
    await rewrite((leaves) => leaves.toSpliced(3, 1));
    expect(await found()).toEqual(['line_broken']);
    expect(await found({ kept: [checkpoint] })).toEqual(['split_view', 'line_broken']);
    expect((await go({ kept: checkpoint })).isRight).toBe(false);
  });

  it('two entries swapped', async () => {
    await sql`update public_log_leaves set index = index + 100 where sale_id = ${sale}`.execute(
      system.owner,
    );
    await sql`update public_log_leaves set index = case index when 102 then 3 when 103 then 2
      else index - 100 end where sale_id = ${sale}`.execute(system.owner);
    expect(await found()).toEqual(['root_wrong', 'line_broken']);
    expect((await go()).isRight).toBe(false);
  });

  it('two entries swapped, with a new tree and a new signature', async () => {
    await rewrite(swap);
    expect(await found()).toEqual(['line_broken']);
    expect(await found({ receipts: [receipt] })).toEqual(['split_view', 'line_broken']);
    expect((await go({ kept: checkpoint })).isRight).toBe(false);
  });

  it('a tile rebuilt', async () => {
    await sql`update public_log_leaves set hash = sha256(hash)
      where sale_id = ${sale} and index = 4`.execute(system.owner);
    expect(await found()).toEqual(['tile_changed']);
    expect((await go()).isRight).toBe(false);
  });

  it('a promise that is nowhere in the log', async () => {
    const text = formatPromise({
      origin: `test.example/sales/${sale}`,
      ...{
        sale,
        ticket: 'AAAAAAAAAAAAAAAA.0',
        position: 3,
        acceptedAt: '2026-01-01T00:00:00.000Z',
      },
    });
    const promise = formatNote({ text, signatures: [signer.sign(text)] });
    const broken = { ticketTag: 'AAAAAAAAAAAAAAAA.0', promise };
    expect(await found({ receipts: [broken] })).toEqual(['promise_broken']);
  });

  it('a ticket that got another place than it was promised', async () => {
    const note = parseNote(receipt.promise ?? '');
    const text = note?.text.replace('position 5', 'position 1') ?? '';
    const promise = formatNote({ text, signatures: [signer.sign(text)] });
    expect(await found({ receipts: [{ ...receipt, promise }] })).toEqual(['promise_moved']);
  });

  it('a promise and a receipt that the shop never gave', async () => {
    const promise = receipt.promise?.replace('position 5', 'position 1');
    expect(await found({ receipts: [{ ...receipt, promise }] })).toEqual([
      ...['promise_unsigned', 'promise_moved'],
    ]);
    const leaf = receipt.leaf?.replace('"out":"S"', '"out":"H"');
    expect(await found({ receipts: [{ ...receipt, leaf }] })).toEqual(['inclusion_wrong']);
    expect((await go({ receipt: { ...receipt, leaf } })).text).toContain('inclusion');
    // A receipt with another ticket's leaf.
    const another = { ...receipt, ticketTag: 'AAAAAAAAAAAAAAAA.0' };
    expect(await found({ receipts: [another] })).toContain('inclusion_wrong');
  });

  it('the log of another sale', async () => {
    const other = await client.createSale();
    expect(await found({ sale: other.id })).toEqual(['origin_wrong']);
    await rewrite(([load = '', ...rest]) => [
      load,
      ...rest.map((leaf) => leaf.replace(`"sale":"${sale}"`, `"sale":"${other.id}"`)),
    ]);
    expect(await found()).toEqual(['leaf_malformed']);
  });

  it('a promise of another sale', async () => {
    const text = parseNote(receipt.promise ?? '')?.text.replaceAll(sale, 'another-sale') ?? '';
    const promise = formatNote({ text, signatures: [signer.sign(text)] });
    expect(await found({ receipts: [{ ...receipt, promise }] })).toEqual(['origin_wrong']);
  });

  it('two checkpoints of one size', async () => {
    const text = formatCheckpoint({
      origin: `test.example/sales/${sale}`,
      ...{ size: 6, root: leafHash(Buffer.from('another history')) },
    });
    const kept = formatNote({ text, signatures: [signer.sign(text)] });
    expect(await found({ kept: [kept] })).toEqual(['split_view']);
    expect((await go({ kept })).isRight).toBe(false);
  });

  it('a checkpoint with another key', async () => {
    const forged = checkpoint.replace(/^(— \S+ \S{8})..../m, '$1AAAA');
    await system.owner
      .updateTable('public_logs')
      .set({ checkpoint: forged })
      .where('sale_id', '=', sale)
      .execute();
    expect(await found()).toEqual(['signature_wrong']);
    expect((await go()).text).toContain('NOT RIGHT: checkpoint');
  });

  it('counts that are not those of the entries', async () => {
    const { counts } = (await findPublishedLog(system.db, sale)) ?? {};
    if (counts === undefined) throw new Error('nothing is published');
    expect(await found({ counts: { ...counts, held: counts.held + 1 } })).toEqual(['counts_wrong']);
  });
});
