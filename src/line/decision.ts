import type { Db } from '../db/client.ts';
import { findBatch } from '../db/log.ts';
import { lineNumberAt, ticketAt } from '../domain/entry.ts';
import { parseRef, type TicketRef } from '../domain/ticket.ts';
import type { FieldReads } from '../redis/field-reads.ts';
import type { EpochKeys } from '../redis/keys.ts';
import { readAttempt, readOutcome } from '../redis/line-reads.ts';
import { type OutcomeRecord, parseOutcome } from '../redis/records.ts';

/** The decision of one ticket, as it was made. What has become of a hold since is in its order. */
export interface Decision {
  readonly ref: TicketRef;
  readonly letter: string;
  readonly lineNumber: number;
  /** The journal entry that decided it. */
  readonly seq: number;
  /** For a duplicate: the ticket that already has the claim. */
  readonly other?: TicketRef;
}

/** Where decisions are found. */
export interface DecisionDeps {
  readonly fields: FieldReads;
  readonly db: Db;
}

/**
 * Finds the decision that a ticket shows: its own, or that of the attempt it repeats (same key,
 * same items). Redis is asked first, then the log if Redis does not know the batch.
 *
 * @param at the keys of the shard's epoch
 * @returns undefined when neither Redis nor the log has a decision
 */
export async function findDecision(
  deps: DecisionDeps,
  at: EpochKeys,
  sale: string,
  ref: TicketRef,
): Promise<Decision | undefined> {
  const own = await findByUid(deps, at, ref);
  if (own !== undefined && own.letter !== 'R') return own;
  if (own?.other !== undefined) return findByUid(deps, at, own.other);
  return findAttemptDecision(deps, at, sale, ref);
}

/**
 * The decision of the attempt that a ticket belongs to (same key, same items), even before the
 * ticket's own turn.
 */
export async function findAttemptDecision(
  deps: DecisionDeps,
  at: EpochKeys,
  sale: string,
  ref: TicketRef,
): Promise<Decision | undefined> {
  const first = await findAttempt(deps.fields, at, sale, ref);
  return first === undefined ? undefined : findByUid(deps, at, first);
}

async function findAttempt(
  fields: FieldReads,
  at: EpochKeys,
  sale: string,
  ref: TicketRef,
): Promise<TicketRef | undefined> {
  if (ref.key === '') return undefined;
  const text = await readAttempt(fields, at, { sale, key: ref.key });
  if (text === null) return undefined;
  const first = parseRef(text);
  return first.items === ref.items ? first : undefined;
}

async function findByUid(
  deps: DecisionDeps,
  at: EpochKeys,
  ref: TicketRef,
): Promise<Decision | undefined> {
  const record = await readOutcome(deps.fields, at, ref.uid);
  if (record !== null) {
    const outcome = parseOutcome(record);
    return decisionOf(outcome, { ...ref, job: outcome.job });
  }
  const logged = await findBatch(deps.db, ref.uid);
  if (logged === undefined) return undefined;
  const { seq, entry } = logged;
  return decisionOf({ ...entry, seq }, ticketAt(entry, ref.index));
}

function decisionOf({ seq, line, out, refs }: OutcomeRecord, ref: TicketRef): Decision {
  const other = refs?.[ref.index];
  return {
    ref,
    letter: out[ref.index] ?? '',
    lineNumber: lineNumberAt(line, out, ref.index),
    seq,
    ...(other === undefined ? {} : { other: parseRef(other) }),
  };
}
