import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { parseSignedCheckpoint } from '../proof/checkpoint.ts';
import { readEvidence } from '../proof/evidence.ts';
import { parseVkey, type VerifierKey } from '../proof/note.ts';
import { type Receipt, verifyLog } from '../proof/verify.ts';
import { openInFolder } from './in-folder.ts';
import { openOverHttp } from './over-http.ts';
import type { PublishedSale } from './published-sale.ts';
import { reportOf } from './report.ts';

// verify.mjs: checks a sale from its public log, over HTTP or in a folder. Vite bundles it into one
// file, which the shop serves at /verify.mjs.

const USAGE = `Usage: node verify.mjs https://SHOP/sales/ID [options]
       node verify.mjs FOLDER [options]

Checks the public log of a sale. FOLDER is what \`npm run proof:export\` wrote.

  --key VKEY       the key of the shop, as you know it from elsewhere; else the one that it names
  --witness VKEY   a witness that should have cosigned
  --receipt FILE   a receipt: JSON that you kept of your ticket
  --kept FILE      a checkpoint that you kept
  --quiet          prints only what was found wrong

Exits with 0 when all is in order, 1 when something was found, 2 when it could not be checked.`;

/** It cannot be checked: what to say. */
class CannotCheck extends Error {}

try {
  process.exitCode = await run();
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 2;
}

/** @returns the exit code */
async function run(): Promise<number> {
  const { where, options } = readArguments();
  const published = await open(where);
  const keys = options.key === undefined ? published.keys : options.key.map(parseKey);
  const witnesses = options.witness?.map(parseKey) ?? [];
  const receipts = await Promise.all((options.receipt ?? []).map(readReceipt));
  const own = await Promise.all((options.kept ?? []).map(readCheckpoint));
  const { source, sale, counts, checkpoint, exportedMs } = published;
  if (exportedMs !== undefined) {
    const texts = [...own, ...receipts.flatMap((receipt) => receipt.checkpoint ?? [])];
    requireNewer(await readText(join(where, 'checkpoint')), texts);
  }
  const verdict = await verifyLog(source, {
    ...{ keys, witnesses, receipts },
    ...(sale === undefined ? {} : { sale }),
    ...(counts === undefined ? {} : { counts }),
    kept: checkpoint === undefined ? own : [...own, checkpoint],
    // What was promised after a folder was written cannot be in it.
    nowMs: exportedMs ?? Date.now(),
    onProgress: options.quiet ? () => undefined : showProgress,
  });
  const isSound = verdict.findings.length === 0;
  if (!(isSound && options.quiet)) {
    const areTheirs = options.key === undefined;
    const asked = { keys, areTheirs, witnesses: witnesses.length };
    console.log(reportOf(verdict, { ...asked, receipts: options.receipt ?? [] }).join('\n'));
  }
  return isSound ? 0 : 1;
}

function readArguments() {
  const many = { type: 'string', multiple: true } as const;
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: { key: many, witness: many, receipt: many, kept: many, quiet: { type: 'boolean' } },
    });
    const [where, ...others] = positionals;
    if (where === undefined || others.length > 0) throw new CannotCheck(USAGE);
    return { where, options: values };
  } catch (error) {
    if (error instanceof TypeError) throw new CannotCheck(`${error.message}\n\n${USAGE}`);
    throw error;
  }
}

async function open(where: string): Promise<PublishedSale> {
  if (!/^https?:/.test(where)) return openFolder(where);
  const form = /^(https?:\/\/[^?#]+?)(?:\/api)?\/sales\/([^/?#]+)(?:\/proof)?\/?$/;
  const [, shop = '', sale] = form.exec(where) ?? [];
  if (sale === undefined) throw new CannotCheck(`${where} is no address of a sale.\n\n${USAGE}`);
  try {
    return await openOverHttp(shop, decodeURIComponent(sale));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CannotCheck(`${where}: nothing there is the proof of a sale.`);
  }
}

async function openFolder(folder: string): Promise<PublishedSale> {
  try {
    const published = await openInFolder(folder);
    if ((await published.source.read('checkpoint')) !== undefined) return published;
  } catch (error) {
    throw new CannotCheck(`${folder} cannot be read: ${messageOf(error)}`);
  }
  throw new CannotCheck(`${folder} has no checkpoint: it is no folder with the log of a sale.`);
}

/** @throws CannotCheck when something that was kept is newer than the checkpoint of a folder */
function requireNewer(checkpoint: string, kept: readonly string[]): void {
  const sizeOf = (text: string) => parseSignedCheckpoint(text)?.size ?? 0;
  const [size, needed] = [sizeOf(checkpoint), Math.max(0, ...kept.map(sizeOf))];
  if (size >= needed) return;
  throw new CannotCheck(
    `What you kept is of ${needed} leaves, and the folder has only ${size}: ask for a newer one.`,
  );
}

function parseKey(text: string): VerifierKey {
  const key = parseVkey(text);
  if (key === undefined) throw new CannotCheck(`${text} is no key: it has the form NAME+ID+KEY.`);
  return key;
}

async function readReceipt(file: string): Promise<Receipt> {
  const evidence = readEvidence(await readText(file));
  if (evidence !== undefined && 'receipt' in evidence) return evidence.receipt;
  throw new CannotCheck(`${file} is no receipt.`);
}

async function readCheckpoint(file: string): Promise<string> {
  const evidence = readEvidence(await readText(file));
  if (evidence !== undefined && 'checkpoint' in evidence) return evidence.checkpoint;
  throw new CannotCheck(`${file} is no checkpoint.`);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CannotCheck(`${file} cannot be read: ${messageOf(error)}`);
  }
}

function showProgress(leaves: number, of: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${leaves} of ${of} leaves …\x1b[K\r`);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Where fetch cannot reach anybody, why is in the cause.
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}
