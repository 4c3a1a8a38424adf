/**
 * One ticket as written in batches, journal and Redis: `uid.index.job.position.epoch.items.key`.
 *
 * `uid` + `index` are its identity. `job` is the batch's number in the shard's line, `position` the
 * place in the sale's line and `epoch` the shard's epoch, both as known when accepting; `key` is
 * the keyed hash of buyer, sale and Idempotency-Key, or empty.
 */
export interface TicketRef {
  readonly uid: string;
  readonly index: number;
  readonly job: number;
  readonly position: number;
  readonly epoch: number;
  readonly items: string;
  readonly key: string;
}

/** The ticket as text, see {@link TicketRef}. */
export function formatRef(ref: TicketRef): string {
  const { uid, index, job, position, epoch, items, key } = ref;
  return `${uid}.${index}.${job}.${position}.${epoch}.${items}.${key}`;
}

/**
 * Reads what {@link formatRef} wrote.
 *
 * @throws Error when the text is not of that form
 */
export function parseRef(text: string): TicketRef {
  const [uid, index, job, position, epoch, items, key, ...rest] = text.split('.');
  if (uid === undefined || items === undefined || key === undefined || rest.length > 0) {
    throw new Error('not a ticket reference');
  }
  return {
    uid,
    index: Number(index),
    job: Number(job),
    position: Number(position),
    epoch: Number(epoch),
    items,
    key,
  };
}

/** `uid.index`: the ticket's permanent name. */
export function identityOf(ref: Pick<TicketRef, 'uid' | 'index'>): string {
  return `${ref.uid}.${ref.index}`;
}
