import { type CipherGCMTypes, createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { formatRef, parseRef, type TicketRef } from '../domain/ticket.ts';
import { type AuthKeys, type AuthSecrets, deriveKeys } from '../process/auth-secrets.ts';

/** The content of a ticketId: the ticket, see {@link TicketRef}, with its sale and shard. */
export interface SealedTicket {
  readonly shard: number;
  readonly sale: string;
  readonly ref: TicketRef;
}

/** OpenSSL has it, Node's types do not yet; it is used like GCM. */
const CIPHER = 'aes-256-gcm-siv' as string as CipherGCMTypes;
const TAG_BYTES = 16;
/** RFC 8452: under one nonce equal texts give equal ids, and that is all that ids reveal. */
const NONCE = Buffer.alloc(12);

/** Opened tickets that are remembered. */
const OPENED_MAX = 20_000;

/**
 * Seals tickets into the opaque ids that clients poll, and opens them again. An id is authenticated
 * together with its buyer: it does not open for another buyer. Under one secret the same ticket
 * always has the same id; once the secret was replaced it has another, and both open.
 */
export class TicketSealer {
  /** Those that open; the first seals. */
  readonly #keys: AuthKeys;
  /** What was opened, so that polling again and again opens it once; an id has one buyer. */
  readonly #opened = new LRUCache<string, { buyer: string; ticket: SealedTicket }>({
    max: OPENED_MAX,
  });

  constructor(secrets: AuthSecrets) {
    this.#keys = deriveKeys(secrets, 'fairline ticket id v1');
  }

  /** The public id of a ticket. */
  seal(buyer: string, ticket: SealedTicket): string {
    const cipher = createCipheriv(CIPHER, this.#keys[0], NONCE);
    cipher.setAAD(Buffer.from(buyer));
    const text = `${ticket.shard}/${ticket.sale}/${formatRef(ticket.ref)}`;
    const sealed = cipher.update(text, 'utf8');
    cipher.final();
    return Buffer.concat([sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** The content of the id; undefined when it was forged or belongs to another buyer. */
  open(buyer: string, ticketId: string): SealedTicket | undefined {
    const known = this.#opened.get(ticketId);
    if (known !== undefined) return known.buyer === buyer ? known.ticket : undefined;
    const ticket = this.#open(buyer, ticketId);
    if (ticket !== undefined) this.#opened.set(ticketId, { buyer, ticket });
    return ticket;
  }

  #open(buyer: string, ticketId: string): SealedTicket | undefined {
    const bytes = bytesOf(ticketId);
    if (bytes === undefined) return undefined;
    for (const key of this.#keys) {
      const text = openedWith(key, buyer, bytes);
      if (text === undefined) continue;
      const [shard, sale = '', ref = ''] = text.split('/');
      return { shard: Number(shard), sale, ref: parseRef(ref) };
    }
    return undefined;
  }

  /**
   * The identity of the ticket that the id names, see `identityOf`; undefined when it is not an id.
   * Not authenticated, which would take the buyer: only for callers who may see every ticket and do
   * not know its buyer.
   */
  unverifiedIdentity(ticketId: string): string | undefined {
    const bytes = bytesOf(ticketId);
    if (bytes === undefined) return undefined;
    for (const key of this.#keys) {
      const decipher = createDecipheriv(CIPHER, key, NONCE);
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const text = decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, 'latin1');
      // By another key it is noise, which does not look like this.
      const identity = /^\d+\/[\w-]+\/([\w-]+\.\d+)\.\d/.exec(text)?.[1];
      if (identity !== undefined) return identity;
    }
    return undefined;
  }
}

/** The bytes of what may be an id. */
function bytesOf(ticketId: string): Buffer | undefined {
  const bytes = Buffer.from(ticketId, 'base64url');
  const isId = bytes.length > TAG_BYTES && bytes.toString('base64url') === ticketId;
  return isId ? bytes : undefined;
}

/** What was sealed with the key for the buyer; undefined when it was not. */
function openedWith(key: KeyObject, buyer: string, bytes: Buffer): string | undefined {
  const decipher = createDecipheriv(CIPHER, key, NONCE);
  decipher.setAAD(Buffer.from(buyer));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const text = decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, 'utf8');
    return text + decipher.final('utf8');
  } catch {
    return undefined; // the only thing that can fail is the authentication
  }
}
