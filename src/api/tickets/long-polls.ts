import type { OpenRequests } from '../../limits/open-requests.ts';

/**
 * The polls that wait in this process, one per ticket: a newer one ends the wait of the older,
 * whose caller has given up on it, or keeps many of them open.
 */
export class LongPolls {
  readonly #open: OpenRequests;
  /** Ends the wait of a ticket's poll. */
  readonly #ends = new Map<string, () => void>();

  constructor(open: OpenRequests) {
    this.#open = open;
  }

  /**
   * Waits for a ticket.
   *
   * @param gone aborted when the caller has disconnected
   * @param work gets a signal that is aborted when it is to end: the caller is gone, or asks again
   * @throws DomainError too_many_requests, unavailable when too many wait; what `work` throws
   */
  async wait<T>(
    caller: { readonly ticketId: string; readonly ip: string; readonly gone: AbortSignal },
    work: (over: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { ticketId, ip, gone } = caller;
    const close = this.#open.open(ip);
    this.#ends.get(ticketId)?.();
    const newer = new AbortController();
    const end = () => newer.abort();
    this.#ends.set(ticketId, end);
    try {
      return await work(AbortSignal.any([gone, newer.signal]));
    } finally {
      if (this.#ends.get(ticketId) === end) this.#ends.delete(ticketId);
      close();
    }
  }
}
