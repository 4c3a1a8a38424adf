import type { StoredValue } from './stored-value.ts';

/** A place in line that is still open, or a hold that is still to be paid. */
export interface Place {
  readonly ticketId: string;
  readonly saleId: string;
  readonly saleName: string;
  /** Whose it is: only they can look at it. */
  readonly buyer: string;
  /** When units were set aside for it, their order. */
  readonly orderId?: string;
}

/** What a place follows from. */
export interface Standing {
  readonly status: string;
  readonly order?: { readonly id: string; readonly status: string } | undefined;
}

/** Many would be a nuisance rather than a help. */
const MOST = 20;

/** The open places of this browser, remembered while the pages are closed. */
export class Places {
  readonly #value: StoredValue<readonly Place[]>;

  constructor(value: StoredValue<readonly Place[]>) {
    this.#value = value;
  }

  readonly get = (): readonly Place[] => this.#value.get();
  readonly subscribe = (listener: () => void) => this.#value.subscribe(listener);

  /** Remembers a place, or what became of it. */
  keep(place: Place): void {
    const all = this.#value.get();
    const known = all.find(({ ticketId }) => ticketId === place.ticketId);
    if (known !== undefined && known.orderId === place.orderId) return;
    const others = all.filter(({ ticketId }) => ticketId !== place.ticketId);
    this.#value.set([place, ...others].slice(0, MOST));
  }

  /** Takes note of how a place stands: it stays while something can become of it. */
  note(place: Omit<Place, 'orderId'>, ticket: Standing): void {
    const { status, order } = ticket;
    const isOpen = status === 'queued' || status === 'waitlisted' || order?.status === 'held';
    const { ticketId, saleId, saleName, buyer } = place;
    if (!isOpen) this.forget(ticketId);
    else this.keep({ ticketId, saleId, saleName, buyer, ...(order && { orderId: order.id }) });
  }

  /** Forgets a place: it has come to an end. */
  forget(ticketId: string): void {
    const all = this.#value.get();
    if (!all.some((place) => place.ticketId === ticketId)) return;
    this.#value.set(all.filter((place) => place.ticketId !== ticketId));
  }
}

/** Reads what was stored; leaves out what is no place. */
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
