import type { StoredValue } from './stored-value.ts';

/** An open place in line, or a hold that is not paid yet. */
export interface Place {
  readonly ticketId: string;
  readonly saleId: string;
  readonly saleName: string;
  /** The owner: only they can see it. */
  readonly buyer: string;
  /** The order, once units are held. */
  readonly orderId?: string;
}

/** What decides whether a place stays open. */
export interface Standing {
  readonly status: string;
  readonly order?: { readonly id: string; readonly status: string } | undefined;
}

/** More would clutter the page. */
const MOST = 20;

/** The open places of this browser, kept while the pages are closed. */
export class Places {
  readonly #value: StoredValue<readonly Place[]>;

  constructor(value: StoredValue<readonly Place[]>) {
    this.#value = value;
  }

  readonly get = (): readonly Place[] => this.#value.get();
  readonly subscribe = (listener: () => void) => this.#value.subscribe(listener);

  /** Adds a place, or updates it. */
  keep(place: Place): void {
    const all = this.#value.get();
    const known = all.find(({ ticketId }) => ticketId === place.ticketId);
    if (known !== undefined && known.orderId === place.orderId) return;
    const others = all.filter(({ ticketId }) => ticketId !== place.ticketId);
    this.#value.set([place, ...others].slice(0, MOST));
  }

  /** Updates a place from its ticket: it stays while the ticket is open. */
  note(place: Omit<Place, 'orderId'>, ticket: Standing): void {
    const { status, order } = ticket;
    const isOpen = status === 'queued' || status === 'waitlisted' || order?.status === 'held';
    const { ticketId, saleId, saleName, buyer } = place;
    if (!isOpen) this.forget(ticketId);
    else this.keep({ ticketId, saleId, saleName, buyer, ...(order && { orderId: order.id }) });
  }

  /** Removes a place that has ended. */
  forget(ticketId: string): void {
    const all = this.#value.get();
    if (!all.some((place) => place.ticketId === ticketId)) return;
    this.#value.set(all.filter((place) => place.ticketId !== ticketId));
  }
}

/** Parses stored places and drops invalid ones. */
export function readPlaces(stored: unknown): readonly Place[] {
  if (!Array.isArray(stored)) return [];
  return stored.filter(
    (one): one is Place =>
      typeof one?.ticketId === 'string' &&
      typeof one.saleId === 'string' &&
      typeof one.saleName === 'string' &&
      typeof one.buyer === 'string',
  );
}
