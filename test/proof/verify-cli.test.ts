import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ReceiptView } from '../../src/api/schemas/proof.ts';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { CannotExport, exportLog } from '../../src/ops/export-log.ts';
import { makeSigningKey } from '../../src/process/signing-key.ts';
import { toBase64 } from '../../src/proof/base64.ts';
import type { FindingName } from '../../src/proof/findings.ts';
import { LogSigner } from '../../src/public-log/signer.ts';
import { Client } from '../support/client.ts';
import {
  anotherCheckpoint,
  changeOutcome,
  checkpointOf,
  dropEntry,
  dropEntryNeatly,
  filesIn,
  garbleTicket,
  promiseToNobody,
  rebuildTile,
  swapEntries,
} from '../support/log-folder.ts';
import { runCommand } from '../support/parts.ts';
import { LOG_KEY, startSystem, type TestSystem } from '../support/system.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const VERIFIER = join(inject('pagesFolder'), 'verify.mjs');
const signer = new LogSigner(LOG_KEY);

/** Whoever checks a sale need not have the Node of the shop: that of the machine, and Deno. */
const RUNTIMES = [
  [process.execPath],
  ['/usr/bin/node'],
  ['deno', 'run', '--allow-read', '--allow-net'],
].filter(([program = '']) => isUsable(program));

/** Whether a program is there; Node must not be older than the verifier says. */
function isUsable(program: string): boolean {
  try {
    const version = execFileSync(program, ['--version'], { encoding: 'utf8' });
    const major = /^v(\d+)/.exec(version)?.[1];
    return major === undefined || Number(major) >= 20;
  } catch {
    return false;
  }
}

describe('verify.mjs', () => {
  let system: TestSystem;
  let client: Client;
  let sale: SaleView;
  /** An exported log, and the receipts of its buyers, in order. */
  let dir: string;
  let receipts: ReceiptView[];
  beforeAll(async () => {
    system = await startSystem();
    system.startWorker();
    client = new Client(system.url);
    sale = await client.createSale({ stock: 2 });
    receipts = [];
    for (const buyer of ['ann', 'bob', 'cy', 'dot', 'eve']) {
      const token = await client.token(buyer);
      const { ticketId } = (await client.take(sale, token)).body;
      await client.poll(ticketId, token);
      const path = `/api/tickets/${ticketId}/receipt`;
      receipts.push((await client.call<ReceiptView>('GET', path, { token })).body);
    }
    dir = mkdtempSync(join(tmpdir(), 'fairline-log-'));
    await exportLog(system.db, { sale: sale.id, folder: dir, verifier: VERIFIER });
  });
  afterAll(async () => {
    await system.stop();
    rmSync(dir, { recursive: true });
  });

  const verify = (...args: string[]) => runCommand(VERIFIER, args, {});

  /** A copy of the exported log, for a forger. */
  const copy = () => {
    const folder = join(makeTempDir(), 'log');
    cpSync(dir, folder, { recursive: true });
    return folder;
  };
  const fileOf = (content: unknown) => {
    const file = join(makeTempDir(), 'kept');
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };
  it.each(RUNTIMES)('is content with an honest sale, in %s', async (...runtime) => {
    const [program = '', ...options] = runtime;
    const kept = fileOf(receipts[4]);
    const args = [...options, join(dir, 'verify.mjs'), dir, '--receipt', kept];
    const output = execFileSync(program, args, { encoding: 'utf8' });
    expect(output).toContain(`The public log test.example/sales/${sale.id}\n`);
    expect(output).toContain('5 tickets, in the order of the line:\n  2 held (1–2)\n');
    expect(output).toContain('  3 sold out (3–5)\n');
    expect(output).toContain(`${kept}: It was promised place 5 in line, at `);
    expect(output).toContain('number 5 in line, sold out.');
    expect(output).toContain('give the same 5 outcomes.');
  });

  it('reads a sale from its shop', async () => {
    const { code, output } = await verify(`${system.url}/sales/${sale.id}/proof`);
    expect(output).toContain('  2 held (1–2)\n');
    expect(code).toBe(0);
    expect((await verify(`${system.url}/sales/${sale.id}`, '--quiet')).output).toBe('');
  });

  it('says why it cannot check', async () => {
    const { url } = system;
    const cases: [string[], string][] = [
      [[], 'Usage: node verify.mjs'],
      [[dir, dir], 'Usage: node verify.mjs'],
      [[dir, '--what'], 'Usage: node verify.mjs'],
      [['https://shop.example/'], 'is no address of a sale'],
      [[makeTempDir()], 'has no checkpoint'],
      [[dir, '--key', 'x'], 'x is no key'],
      [[dir, '--receipt', fileOf('[]')], 'is no receipt'],
      [[dir, '--kept', fileOf('{}')], 'is no checkpoint'],
      [[dir, '--kept', join(dir, 'nowhere')], 'ENOENT'],
      [[`${url}/sales/nowhere`], 'There is no such sale'],
    ];
    for (const [args, words] of cases) {
      const { code, output } = await verify(...args);
      expect(output).toContain(words);
      expect(code).toBe(2);
    }
  });

  it('expects nothing of a folder that is newer than it', async () => {
    const newer = await verify(dir, '--kept', fileOf(anotherCheckpoint(dir, 1)));
    expect(newer.output).toContain('What you kept is of 7 leaves, and the folder has only 6');
    expect(newer.code).toBe(2);
    // Accepted in two minutes: it is missed as soon as the folder was written in an hour.
    const promise = fileOf(promiseToNobody(dir, -120_000));
    const early = await verify(dir, '--receipt', promise);
    expect(early.output).toContain('It is not in the log yet; that is still in time.');
    expect(early.code).toBe(0);
    const folder = copy();
    const proof = JSON.parse(readFileSync(join(folder, 'proof.json'), 'utf8'));
    const exportedAt = new Date(Date.now() + 3_600_000).toISOString();
    writeFileSync(join(folder, 'proof.json'), JSON.stringify({ ...proof, exportedAt }));
    await finds(['promise_broken'], folder, '--receipt', promise);
  });

  it('takes the key that it is told for the key, not the one that came along', async () => {
    expect((await verify(dir, '--key', signer.vkey)).code).toBe(0);
    const other = new LogSigner(makeSigningKey('test.example')).vkey;
    await finds(['signature_wrong'], dir, '--key', other);
  });

  /** Runs it, and looks for findings by their names. */
  const finds = async (names: FindingName[], ...args: string[]) => {
    const { code, output } = await verify(...args);
    const found = [...output.matchAll(/^ {2}([a-z]+_[a-z]+): /gm)].map(([, name]) => name);
    expect([...new Set(found)].sort(), output).toEqual(names.toSorted());
    expect(code).toBe(1);
  };

  describe('finds what a forger does who has the key: ', () => {
    it.each<[string, (folder: string) => void, FindingName[]]>([
      ['an outcome changed', changeOutcome, ['outcome_wrong']],
      ['an entry dropped', dropEntry, ['line_broken']],
      ['two swapped', swapEntries, ['line_broken']],
      ['a ticket that cannot be read', garbleTicket, ['outcome_wrong']],
    ])('%s', async (_, forge, names) => {
      const folder = copy();
      forge(folder);
      rmSync(join(folder, 'proof.json'));
      await finds(names, folder);
      await finds([...names, 'split_view'], folder, '--kept', join(dir, 'checkpoint'));
    });

    it('an entry dropped, and who came after it moved up, by whoever kept something', async () => {
      const folder = copy();
      dropEntryNeatly(folder);
      rmSync(join(folder, 'proof.json'));
      // For all others it is a log like any other.
      expect((await verify(folder)).code).toBe(0);
      await finds(['split_view'], folder, '--kept', join(dir, 'checkpoint'));
      await finds(['split_view'], folder, '--receipt', fileOf(receipts[4]));
    });

    it('a checkpoint of more than anybody can have', async () => {
      const folder = copy();
      writeFileSync(join(folder, 'checkpoint'), anotherCheckpoint(dir, 1e15));
      rmSync(join(folder, 'proof.json'));
      await finds(['log_incomplete'], folder);
    });

    it('a promise that is nowhere in the log', async () => {
      await finds(['promise_broken'], dir, '--receipt', fileOf(promiseToNobody(dir)));
    });

    it('two checkpoints of one size', async () => {
      await finds(['split_view'], dir, '--kept', fileOf(anotherCheckpoint(dir)));
    });
  });

  describe('finds what a forger does who does not have the key: ', () => {
    it('an outcome changed', async () => {
      const folder = copy();
      changeOutcome(folder);
      cpSync(join(dir, 'checkpoint'), join(folder, 'checkpoint'));
      await finds(['outcome_wrong', 'root_wrong', 'split_view'], folder);
    });

    it('a tile rebuilt', async () => {
      const folder = copy();
      rebuildTile(folder);
      await finds(['tile_changed'], folder);
    });

    it('a bundle that is not there', async () => {
      const folder = copy();
      rmSync(join(folder, 'tile/entries'), { recursive: true });
      await finds(['log_incomplete', 'counts_wrong'], folder);
    });

    it('another root, a checkpoint that is none, counts, and the log of another sale', async () => {
      const folder = copy();
      const checkpoint = readFileSync(join(folder, 'checkpoint'), 'utf8');
      const root = toBase64(checkpointOf(folder).root);
      writeFileSync(
        join(folder, 'checkpoint'),
        checkpoint.replace(root, toBase64(new Uint8Array(32))),
      );
      await finds(['root_wrong', 'signature_wrong', 'split_view'], folder);
      writeFileSync(join(folder, 'checkpoint'), 'nothing');
      await finds(['checkpoint_malformed'], folder);

      writeFileSync(join(folder, 'checkpoint'), checkpoint);
      const proof = JSON.parse(readFileSync(join(folder, 'proof.json'), 'utf8'));
      const write = (other: object) =>
        writeFileSync(join(folder, 'proof.json'), JSON.stringify({ ...proof, ...other }));
      write({ counts: { ...proof.counts, held: 1 } });
      await finds(['counts_wrong'], folder);
      write({ saleId: 'another' });
      await finds(['origin_wrong'], folder);
    });

    it('a receipt that was written to, or is of another sale', async () => {
      const [receipt] = receipts;
      const later = { ...receipt, leafIndex: (receipt?.leafIndex ?? 0) + 1 };
      await finds(['inclusion_wrong'], dir, '--receipt', fileOf(later));
      const promise = receipt?.promise?.replace('position 1', 'position 4');
      const moved = fileOf({ ...receipt, promise });
      await finds(['promise_unsigned', 'promise_moved'], dir, '--receipt', moved);
      const without = fileOf({ ...receipt, promise: undefined });
      await finds(['promise_malformed'], dir, '--receipt', without);

      const other = await client.createSale({ stock: 1 });
      const token = await client.token('fay');
      const { ticketId } = (await client.take(other, token)).body;
      const path = `/api/tickets/${ticketId}/receipt`;
      const {
        saleId,
        ticketTag,
        promise: elsewhere,
      } = (await client.call<ReceiptView>('GET', path, { token })).body;
      const strange = fileOf({ saleId, ticketTag, promise: elsewhere });
      await finds(['origin_wrong'], dir, '--receipt', strange);
    });
  });

  describe('npm run proof:export', () => {
    it('writes the log under the paths of tlog-tiles', () => {
      const { size } = checkpointOf(dir);
      const names = ['README.txt', 'checkpoint', 'key', 'proof.json'];
      const tiles = [`tile/0/000.p/${size}`, `tile/entries/000.p/${size}`];
      expect(filesIn(dir)).toEqual([...names, ...tiles, 'verify.mjs']);
    });

    const run = (...args: string[]) =>
      runCommand('src/ops/proof-export.ts', args, {
        REDIS_URL: system.redisUrl,
        DATABASE_URL: system.databaseUrl,
      });

    it('says why it cannot', async () => {
      const unpublished = await client.createSale();
      const cases: [string[], string][] = [
        [[sale.id], 'Usage: npm run proof:export -- SALE DIR'],
        [[sale.id, dir, dir], 'Usage: npm run proof:export -- SALE DIR'],
        [['nowhere', makeTempDir()], 'There is no sale nowhere.'],
        [[unpublished.id, makeTempDir()], `Nothing is published of sale ${unpublished.id} yet`],
        [[sale.id, dir], `${dir} is not empty.`],
      ];
      for (const [args, words] of cases) {
        const { code, output } = await run(...args);
        expect(output).toContain(words);
        expect(code).toBe(1);
      }
    });

    it('needs the verifier', async () => {
      const options = { sale: sale.id, folder: makeTempDir(), verifier: join(dir, 'nowhere') };
      await expect(exportLog(system.db, options)).rejects.toThrow(CannotExport);
    });
  });
});
