import type { Db } from '../db/client.ts';
import { findBatch } from '../db/log.ts';
import { findLoggedAttempt } from '../db/tickets.ts';
import { lineNumberAt, ticketAt } from '../domain/entry.ts';
import { parseRef, type TicketRef } from '../domain/ticket.ts';
import type { FieldReads } from '../redis/field-reads.ts';
import type { EpochKeys } from '../redis/keys.ts';
import { hasTickets, readAttempt, readOutcome } from '../redis/line-reads.ts';
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

/** A ticket whose decision is looked for. */
export interface DecidedAttempt {
  readonly sale: string;
  readonly buyer: string;
  readonly ref: TicketRef;
  /** Its sale may be archived: only one that has been closed for a while is. */
  readonly mayBeArchived: boolean;
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
  ticket: DecidedAttempt,
): Promise<Decision | undefined> {
  const { sale, ref } = ticket;
  const own = await findByUid(deps, at, sale, ref);
  if (own !== undefined && own.letter !== 'R') return own;
  if (own?.other !== undefined) return findByUid(deps, at, sale, own.other);
  return findAttemptDecision(deps, at, ticket);
}

/**
 * The decision of the attempt that a ticket belongs to (same key, same items), even before the
 * ticket's own turn.
 */
export async function findAttemptDecision(
  deps: DecisionDeps,
  at: EpochKeys,
  ticket: DecidedAttempt,
): Promise<Decision | undefined> {
  const first = await findAttempt(deps, at, ticket);
  return first === undefined ? undefined : findByUid(deps, at, ticket.sale, first);
}

async function findAttempt(
  { fields, db }: DecisionDeps,
  at: EpochKeys,
  { sale, buyer, ref, mayBeArchived }: DecidedAttempt,
): Promise<TicketRef | undefined> {
  if (ref.key === '') return undefined;
  const { key } = ref;
  let text = await readAttempt(fields, at, { sale, key });
  if (text === null && mayBeArchived && !(await hasTickets(fields, at, sale))) {
    text = await findLoggedAttempt(db, { sale, buyer, key });
  }
  if (text === null) return undefined;
  const first = parseRef(text);
  return first.items === ref.items ? first : undefined;
}

async function findByUid(
  deps: DecisionDeps,
  at: EpochKeys,
  sale: string,
  ref: TicketRef,
): Promise<Decision | undefined> {
  const record = await readOutcome(deps.fields, at, { sale, uid: ref.uid });
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
