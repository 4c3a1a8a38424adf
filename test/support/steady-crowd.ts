import { vi } from 'vitest';
import type { OrderView } from '../../src/api/schemas/order.ts';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import type { TicketView } from '../../src/api/schemas/ticket.ts';
import { Payer } from './payments.ts';
import type { Door } from './two-versions.ts';

/** What a buyer did, and the ticket that it has. */
export interface Buyer {
  readonly sale: SaleView;
  readonly token: string;
  readonly ticketId: string;
  readonly ticket: TicketView;
  /** Where it took its ticket. */
  readonly takenAt: string;
  readonly paid: boolean;
}

/** How many buy at once. */
const AT_ONCE = 6;

/**
 * A crowd that buys without a pause until it is ended: each takes a ticket at one API, asks at the
 * other, and pays what it has won, gives it back, or keeps it. Whatever is refused is an error.
 */
export class SteadyCrowd {
  readonly buyers: Buyer[] = [];
  readonly #door: Door;
  readonly #stripeUrl: string;
  readonly #sales: SaleView[] = [];
  #names = 0;
  /** Those who are buying, by their numbers. */
  readonly #active = new Set<number>();
  #isOver = false;
  readonly #buying: Promise<void>;

  constructor(door: Door, stripeUrl: string, sale: SaleView) {
    this.#door = door;
    this.#stripeUrl = stripeUrl;
    this.#sales.push(sale);
    this.#buying = Promise.all(Array.from({ length: AT_ONCE }, () => this.#buy())).then(() => {});
    this.#buying.catch(() => {}); // it is awaited by whoever waits for buyers
  }

  /** Also buys in this sale. */
  comeTo(sale: SaleView): void {
    this.#sales.push(sale);
  }

  /** Resolves when so many more have begun and are done. @throws the error of one */
  async bought(count: number): Promise<void> {
    const from = this.#names;
    const goal = this.buyers.length + AT_ONCE + count;
    const isDone = vi.waitUntil(() => this.buyers.length >= goal, {
      timeout: 120_000,
      interval: 5,
    });
    await Promise.race([isDone, this.#buying]);
    if (this.#names < from + count) throw new Error('the crowd has stopped');
  }

  /** Resolves when everybody who is buying now is done: they may go where they went before. */
  async turnedOver(): Promise<void> {
    const now = [...this.#active];
    const isDone = vi.waitUntil(() => now.every((place) => !this.#active.has(place)), {
      timeout: 120_000,
      interval: 5,
    });
    await Promise.race([isDone, this.#buying]);
  }

  /** Lets those who are at it finish. @throws the error of one */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#buying;
  }

  async #buy(): Promise<void> {
    while (!this.#isOver) {
      const place = this.#names++;
      const sale = this.#sales[place % this.#sales.length];
      if (sale === undefined) throw new Error('there is no sale');
      this.#active.add(place);
      this.buyers.push(await this.#buyOne(sale, place));
      this.#active.delete(place);
    }
  }

  #at(url: string): Payer {
    const until = (condition: () => Promise<boolean>) =>
      vi.waitUntil(condition, { timeout: 120_000, interval: 20 }).then(() => undefined);
    return new Payer({ url, stripeUrl: this.#stripeUrl, until });
  }

  async #buyOne(sale: SaleView, place: number): Promise<Buyer> {
    const takenAt = this.#door.next();
    const token = await this.#at(takenAt).token(`buyer-${place}`);
    const key = `attempt-${place}`;
    const { ticketId } = await this.#take(takenAt, sale, token, key);
    if (place % 4 === 0) {
      // Sent again elsewhere, as by a browser that lost the answer: it is the same attempt.
      const again = await this.#take(this.#door.other(takenAt), sale, token, key);
      await this.#decided(takenAt, again.ticketId, token);
    }
    const ticket = await this.#decided(takenAt, ticketId, token);
    const buyer = { sale, token, ticketId, ticket, takenAt };
    const { order } = ticket;
    if (order === undefined || place % 3 === 2) return { ...buyer, paid: false };
    if (place % 3 === 0) {
      const path = `/api/tickets/${ticketId}`;
      const left = await this.#at(this.#door.other(takenAt)).call('DELETE', path, { token });
      if (left.status !== 200) throw new Error(`not cancelled: ${JSON.stringify(left.body)}`);
      return { ...buyer, paid: false };
    }
    await this.#pay(order, token, takenAt);
    return { ...buyer, paid: true };
  }

  async #take(url: string, sale: SaleView, token: string, key: string) {
    const taken = await this.#at(url).take(sale, token, { key });
    if (taken.status !== 202) throw new Error(`not taken: ${JSON.stringify(taken.body)}`);
    return taken.body;
  }

  /** Asks at other APIs than the one where the ticket was taken, until it is decided. */
  async #decided(takenAt: string, ticketId: string, token: string): Promise<TicketView> {
    for (;;) {
      const ticket = await this.#at(this.#door.other(takenAt)).poll(ticketId, token, 1);
      if (ticket.status !== 'queued') return ticket;
    }
  }

  async #pay({ id }: OrderView, token: string, takenAt: string): Promise<void> {
    const payer = this.#at(this.#door.other(takenAt));
    const payment = await payer.payment(id, token);
    const status = await payer.confirm(payment);
    if (status !== 'succeeded') throw new Error(`not paid: ${status}`);
    await vi.waitUntil(
      async () => {
        const order = await this.#at(this.#door.next()).order({ orderId: id, token });
        return order.status === 'paid';
      },
      { timeout: 120_000, interval: 20 },
    );
  }
}
