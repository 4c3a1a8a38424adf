import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findPublishedLog, type PublishedLog } from '../../src/db/public-logs.ts';
import { makeSigningKey, parseSigningKey } from '../../src/process/signing-key.ts';
import { formatAddCheckpoint } from '../../src/proof/add-checkpoint.ts';
import { formatCheckpoint } from '../../src/proof/checkpoint.ts';
import { leafHash } from '../../src/proof/merkle.ts';
import {
  COSIGNATURE,
  formatNote,
  formatVkey,
  isSignedBy,
  parseNote,
} from '../../src/proof/note.ts';
import { publishLogs } from '../../src/public-log/publish.ts';
import { LogSigner } from '../../src/public-log/signer.ts';
import { Witnesses } from '../../src/public-log/witnesses.ts';
import { createWitnessServer } from '../../src/witness/server.ts';
import { Witness } from '../../src/witness/witness.ts';
import { Client } from '../support/client.ts';
import { silent } from '../support/database.ts';
import { decideWaiting } from '../support/decide-waiting.ts';
import { followToEnd, LOG_VKEY, verifySale, vkeyOf } from '../support/public-log.ts';
import { LOG_KEY, startSystem, type TestSystem } from '../support/system.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const signer = new LogSigner(LOG_KEY);

/** Starts a witness of its own, which remembers nothing yet. */
async function startWitness(name = 'witness.example') {
  const key = parseSigningKey(makeSigningKey(name));
  if (key === undefined) throw new Error('not a key');
  const options = { key, logs: [LOG_VKEY], dir: makeTempDir() };
  const server = createWitnessServer(new Witness({ ...options, nowMs: () => 1_700_000_000_000 }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const vkey = vkeyOf(formatVkey(name, COSIGNATURE, key.publicKey));
  return { url, key: vkey, server };
}

describe('the witnesses of a log', () => {
  let system: TestSystem;
  let client: Client;
  beforeAll(async () => {
    system = await startSystem();
    client = new Client(system.url);
  });
  afterAll(() => system.stop());

  /** Sells a unit and publishes the log with these witnesses, as a worker does. */
  const sell = async (
    sale: Awaited<ReturnType<Client['createSale']>>,
    buyer: string,
    witnesses: Witnesses,
  ): Promise<PublishedLog> => {
    const token = await client.token(buyer);
    const { ticketId } = (await client.take(sale, token)).body;
    // No worker: it would publish with witnesses of its own.
    await decideWaiting(system, system.shards.at(0));
    await system.shards.at(0).drain();
    await client.poll(ticketId, token);
    await followToEnd(system.db);
    await publishLogs({ ...system, log: silent, signer, witnesses });
    const log = await findPublishedLog(system.db, sale.id);
    if (log === undefined) throw new Error('nothing is published');
    return log;
  };
  const noteOf = ({ checkpoint }: PublishedLog) => {
    const note = parseNote(checkpoint);
    if (note === undefined) throw new Error('not a note');
    return note;
  };
  const post = async (url: string, body: string) => {
    const response = await fetch(new URL('add-checkpoint', url), { method: 'POST', body });
    const type = response.headers.get('content-type');
    return { status: response.status, text: await response.text(), type };
  };

  it('cosign its checkpoints, also after either forgot what it knew', async () => {
    const sale = await client.createSale();
    const [one, two] = [await startWitness(), await startWitness('other.example')];
    const witnesses = new Witnesses([one, two], silent);
    for (const buyer of ['ann', 'bob']) {
      const note = noteOf(await sell(sale, buyer, witnesses));
      for (const { key } of [one, two]) expect(await isSignedBy(note, key)).toBe(true);
    }
    // A worker that does not know how far they are.
    const note = noteOf(await sell(sale, 'cy', new Witnesses([one, two], silent)));
    expect(await isSignedBy(note, one.key)).toBe(true);
    const verdict = await verifySale(system.url, sale.id, { witnesses: [one.key, two.key] });
    expect(verdict.findings).toEqual([]);
    expect(verdict.cosignedBy).toEqual(['witness.example', 'other.example']);
  });

  it('hold nothing up that are away, and sign later', async () => {
    const sale = await client.createSale();
    const witness = await startWitness();
    const { port } = witness.server.address() as AddressInfo;
    witness.server.close();
    const note = noteOf(await sell(sale, 'dot', new Witnesses([witness], silent)));
    expect(await isSignedBy(note, LOG_VKEY)).toBe(true);
    expect(await isSignedBy(note, witness.key)).toBe(false);

    witness.server.listen(port, '127.0.0.1');
    await once(witness.server, 'listening');
    const due = { cosign_at: new Date(0) };
    const ours = system.db.updateTable('public_logs').set(due).where('sale_id', '=', sale.id);
    await ours.execute();
    const witnesses = new Witnesses([witness], silent);
    await publishLogs({ ...system, log: silent, signer, witnesses });
    const later = await findPublishedLog(system.db, sale.id);
    expect(await isSignedBy(parseNote(later?.checkpoint ?? '') ?? note, witness.key)).toBe(true);
  });

  it('do not sign another history, and the operator is told', async () => {
    const sale = await client.createSale();
    const witness = await startWitness();
    const log = await sell(sale, 'eve', new Witnesses([witness], silent));
    // The same size with other leaves, signed by the shop.
    const root = leafHash(Buffer.from('another history'));
    const origin = `test.example/sales/${sale.id}`;
    const text = formatCheckpoint({ origin, size: log.size, root });
    const note = { text, signatures: [signer.sign(text)] };
    const said: string[] = [];
    const told = pino({ level: 'warn' }, { write: (line: string) => void said.push(line) });
    const asked = { note, origin, size: log.size, prove: async () => [] };
    const { isCosigned } = await new Witnesses([witness], told).cosign(asked);
    expect(isCosigned).toBe(false);
    expect(said).toEqual([expect.stringContaining('a witness did not cosign a checkpoint')]);
  });

  it('answer what C2SP tlog-witness says', async () => {
    const { url } = await startWitness();
    const text = formatCheckpoint({
      origin: 'test.example/sales/a',
      ...{ size: 2, root: leafHash(Buffer.from('a')) },
    });
    const signed = formatNote({ text, signatures: [signer.sign(text)] });
    const request = { old: 0, proof: [], checkpoint: signed };
    expect(await post(url, 'nonsense')).toMatchObject({ status: 400 });
    const elsewhere = signed.replace('test.example/sales', 'other.example/sales');
    const unknown = formatAddCheckpoint({ ...request, checkpoint: elsewhere });
    expect(await post(url, unknown)).toMatchObject({ status: 404 });
    const changed = formatAddCheckpoint({
      ...request,
      checkpoint: signed.replace('\n2\n', '\n3\n'),
    });
    expect(await post(url, changed)).toMatchObject({ status: 403 });
    const older = formatAddCheckpoint({ ...request, old: 3 });
    expect(await post(url, older)).toMatchObject({ status: 400 });
    expect(await post(url, formatAddCheckpoint({ ...request, old: 1 }))).toEqual({
      ...{ status: 409, text: '0\n', type: 'text/x.tlog.size' },
    });
    expect(await post(url, formatAddCheckpoint(request))).toMatchObject({ status: 200 });
    const larger = formatCheckpoint({
      origin: 'test.example/sales/a',
      ...{ size: 4, root: leafHash(Buffer.from('b')) },
    });
    const forged = formatNote({ text: larger, signatures: [signer.sign(larger)] });
    const proof = [leafHash(Buffer.from('c'))];
    const wrong = formatAddCheckpoint({ old: 2, proof, checkpoint: forged });
    expect(await post(url, wrong)).toMatchObject({ status: 422 });
    expect(await post(url, 'x'.repeat(20_000))).toMatchObject({ status: 413 });
  });
});
