import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import {
  type LogId,
  listToCosign,
  listUnsignedLogs,
  noteSigning,
  type UnsignedLog,
  writeCheckpoint,
  writeCosigned,
} from '../db/public-logs.ts';
import { toBase64 } from '../proof/base64.ts';
import { formatCheckpoint, originOf } from '../proof/checkpoint.ts';
import { GrowingTree } from '../proof/growing-tree.ts';
import { proveConsistency, rootOf, splitHashes } from '../proof/merkle.ts';
import { formatNote, type Note, parseNote } from '../proof/note.ts';
import type { RedisClient } from '../redis/client.ts';
import { ShardKeys } from '../redis/keys.ts';
import { type RememberedLog, readRemembered, remember } from '../redis/published-logs.ts';
import { beginAnew } from './begin-anew.ts';
import { nodeReader } from './read-node.ts';
import type { LogSigner } from './signer.ts';
import type { Witnesses } from './witnesses.ts';

export interface PublishDeps {
  readonly db: Db;
  readonly redis: RedisClient;
  readonly log: Logger;
  readonly signer: LogSigner;
  readonly witnesses: Witnesses;
}

/** Logs that one run publishes. */
const LOGS = 100;

/** Logs whose witnesses are asked at a time. */
const AT_ONCE = 8;

/**
 * Signs a checkpoint of every log that has grown, has it cosigned, and publishes it. Asks witnesses
 * again that did not answer.
 */
export async function publishLogs(deps: PublishDeps): Promise<void> {
  const unsigned = await listUnsignedLogs(deps.db, LOGS);
  await inGroups(deps, unsigned, (log) => publishLog(deps, log));
  await inGroups(deps, await listToCosign(deps.db, LOGS), (log) => cosignAgain(deps, log));
}

/** Some logs at a time. One that fails is tried again at the next run, and holds up no other. */
async function inGroups<T extends LogId>(
  { log }: PublishDeps,
  all: readonly T[],
  work: (one: T) => Promise<void>,
): Promise<void> {
  const tryOne = (one: T) =>
    work(one).catch((error: unknown) =>
      log.warn(
        { err: error, sale: one.sale },
        'a public log could not be published, it is retried',
      ),
    );
  for (let at = 0; at < all.length; at += AT_ONCE) {
    await Promise.all(all.slice(at, at + AT_ONCE).map(tryOne));
  }
}

async function publishLog(deps: PublishDeps, unsigned: UnsignedLog): Promise<void> {
  const { db, redis, signer } = deps;
  const { sale, number, size, shard } = unsigned;
  const keys = new ShardKeys(shard);
  const published = await readRemembered(redis, keys, sale);
  if (published !== undefined && !(await continues(db, unsigned, published))) {
    await giveUp(deps, unsigned, published);
    return;
  }
  const root = new GrowingTree(size, splitHashes(unsigned.peaks)).root();
  const text = formatCheckpoint({ origin: originOf(signer.name, sale, number), size, root });
  // Before anybody sees it: a process that ends here must not leave a checkpoint that Redis forgot.
  const isNext = await noteSigning(db, unsigned, () =>
    remember(redis, keys, sale, { number, size, root: toBase64(root) }),
  );
  if (!isNext) return; // another process is ahead
  const signed = await cosign(deps, unsigned, { text, signatures: [signer.sign(text)] });
  const checkpoint = formatNote(signed.note);
  await writeCheckpoint(db, unsigned, { ...signed, checkpoint });
}

/** Ends a log that cannot be continued, and tells the operator. */
async function giveUp(
  { db, log, signer }: PublishDeps,
  unsigned: UnsignedLog,
  published: RememberedLog,
): Promise<void> {
  const { sale, size, isSaltErased } = unsigned;
  const origin = originOf(signer.name, sale, published.number);
  const next = isSaltErased
    ? 'nothing more of it is published, because the salt of its tags was erased'
    : 'a new public log begins';
  log.error(
    { sale, origin, published: published.size, size },
    'the database does not continue what was published of a sale: it was restored to an older ' +
      `state, or changed; ${next}`,
  );
  if (!isSaltErased) await beginAnew(db, unsigned, { ...published, origin });
}

/** Whether a log has what was published at its beginning. */
async function continues(db: Db, log: UnsignedLog, published: RememberedLog): Promise<boolean> {
  if (published.number !== log.number) return published.number < log.number;
  if (published.size > log.size) return false;
  return toBase64(await rootOf(nodeReader(db, log), published.size)) === published.root;
}

async function cosignAgain(
  deps: PublishDeps,
  log: LogId & { readonly size: number; readonly checkpoint: string },
): Promise<void> {
  const note = parseNote(log.checkpoint);
  if (note === undefined) throw new Error(`the checkpoint of sale ${log.sale} is no note`);
  const signed = await cosign(deps, log, note);
  await writeCosigned(deps.db, { ...log, checkpoint: formatNote(signed.note) }, signed.isCosigned);
}

function cosign({ db, signer, witnesses }: PublishDeps, log: LogId & { size: number }, note: Note) {
  const { sale, number, size } = log;
  return witnesses.cosign({
    note,
    origin: originOf(signer.name, sale, number),
    size,
    prove: (from) => proveConsistency(nodeReader(db, log), from, size),
  });
}
