import { setTimeout as delay } from 'node:timers/promises';
import { findBatch } from '../../db/log.ts';
import { findLeaves } from '../../db/public-logs.ts';
import type { Batch } from '../../domain/entry.ts';
import { identityOf } from '../../domain/ticket.ts';
import { toBase64 } from '../../proof/base64.ts';
import { decodeLeaf } from '../../proof/leaf.ts';
import { proveInclusion } from '../../proof/merkle.ts';
import { formatNote } from '../../proof/note.ts';
import { formatPromise } from '../../proof/promise.ts';
import { nodeReader } from '../../public-log/read-node.ts';
import type { RedisClient } from '../../redis/client.ts';
import { readJobData } from '../../redis/line-reads.ts';
import type { ReceiptView } from '../schemas/proof.ts';
import {
  type OwnTicket,
  openTicket,
  readState,
  type TicketStateDeps,
} from '../tickets/ticket-state.ts';
import { type LogView, type PublicLogDeps, readPublicLog, requireSigner } from './public-log.ts';

export interface ReceiptDeps extends TicketStateDeps, PublicLogDeps {
  readonly redis: RedisClient;
}

/** How long a receipt waits for a decision to be in a checkpoint, and how often it looks, in ms. */
const PUBLISHED_MS = 3_000;
const LOOK_MS = 100;

/**
 * The receipt of a ticket, for its buyer: the signed promise that it has its place and, once it is
 * decided, the proof that it is in the log. It is made when somebody asks: accepting costs nothing
 * more.
 *
 * @throws DomainError ticket_not_found, log_not_published
 */
export async function makeReceipt(
  deps: ReceiptDeps,
  buyer: string,
  ticketId: string,
): Promise<ReceiptView> {
  const { key, ticket, base, promise } = await promiseOf(deps, buyer, ticketId);
  const { view } = await readState(deps, ticket);
  const { status, lineNumber, explanation } = view;
  const receipt = {
    ...base,
    ...promise,
    status,
    ...(lineNumber === undefined ? {} : { lineNumber }),
    ...(explanation === undefined ? {} : { explanation }),
    key,
  };
  if (status === 'queued') return receipt;
  return { ...receipt, ...(await findInclusion(deps, ticket)) };
}

async function promiseOf(deps: ReceiptDeps, buyer: string, ticketId: string) {
  const signer = requireSigner(deps);
  const ticket = openTicket(deps.sealer, buyer, ticketId);
  const { sale, ref } = ticket;
  const base = { saleId: sale, ticketTag: identityOf(ref), position: ref.position };
  const batch = await findAccepted(deps, ticket);
  if (batch === undefined) return { key: signer.vkey, ticket, base, promise: {} };
  const acceptedAt = new Date(batch.at).toISOString();
  const { origin } = await readPublicLog(deps, sale);
  const { ticketTag, position } = base;
  const text = formatPromise({ origin, sale, ticket: ticketTag, position, acceptedAt });
  const promise = formatNote({ text, signatures: [signer.sign(text)] });
  return { key: signer.vkey, ticket, base, promise: { acceptedAt, promise } };
}

/** The batch of a ticket: in the line, or in the log; undefined when Redis lost it undecided. */
async function findAccepted(deps: ReceiptDeps, { shard, ref }: OwnTicket) {
  const { keys } = deps.shards.at(shard);
  const [data] = await readJobData(deps.redis, keys, [ref.job]);
  const waiting = data == null ? undefined : (JSON.parse(data) as Batch);
  if (waiting?.uid === ref.uid) return waiting;
  return (await findBatch(deps.db, ref.uid))?.entry.batch;
}

/** Where a decided ticket is in the log; nothing where it is not in a checkpoint yet. */
async function findInclusion(deps: ReceiptDeps, { sale, ref }: OwnTicket) {
  const batch = await findBatch(deps.db, ref.uid);
  if (batch === undefined) return {};
  for (let waitedMs = 0; waitedMs <= PUBLISHED_MS; waitedMs += LOOK_MS) {
    const log = await readPublicLog(deps, sale);
    const leaf = await findLeaf(deps, log, batch.seq, ref.index);
    if (leaf !== undefined && leaf.index < log.size) {
      const proof = await proveInclusion(nodeReader(deps.db, log), leaf.index, log.size);
      return {
        leafIndex: leaf.index,
        leaf: leaf.leaf.toString(),
        inclusion: proof.map(toBase64),
        checkpoint: log.checkpoint,
      };
    }
    await delay(LOOK_MS);
  }
  return {};
}

/** The leaf with the ticket at an index of the batch that an entry decided. */
async function findLeaf({ db }: ReceiptDeps, log: LogView, seq: number, index: number) {
  const leaves = await findLeaves(db, log, seq);
  return leaves.findLast(({ leaf }) => {
    const decoded = decodeLeaf(leaf);
    return !('from' in decoded) || decoded.from <= index;
  });
}
