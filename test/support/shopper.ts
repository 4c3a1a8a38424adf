import type { CartView } from '../../src/api/schemas/cart.ts';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import type { Answer, Client, Problem, Taken } from './client.ts';

/** A buyer with a cart in one sale. */
export class Shopper {
  readonly client: Client;
  readonly sale: SaleView;
  readonly name: string;
  readonly token: string;

  constructor(client: Client, sale: SaleView, name: string, token: string) {
    this.client = client;
    this.sale = sale;
    this.name = name;
    this.token = token;
  }

  /** Sets the quantity of the product at this position of the sale. */
  put(place: number, quantity: number): Promise<Answer<CartView & Partial<Problem>>> {
    return this.#call('PUT', `/items/${this.sale.products[place]?.id}`, { body: { quantity } });
  }

  take(place?: number): Promise<Answer<CartView & Partial<Problem>>> {
    return this.#call(
      'DELETE',
      place === undefined ? '' : `/items/${this.sale.products[place]?.id}`,
    );
  }

  async cart(): Promise<CartView> {
    return (await this.#call<CartView>('GET', '')).body;
  }

  /** Quantities in the cart, in the order of the sale. */
  async quantities(): Promise<number[]> {
    return (await this.cart()).items.map(({ quantity }) => quantity);
  }

  checkOut(key?: string): Promise<Answer<Taken>> {
    const headers = key === undefined ? {} : { headers: { 'idempotency-key': key } };
    return this.#call('POST', '/checkout', headers);
  }

  /** Checks out and waits for the decision. */
  async buy(key?: string) {
    const taken = await this.checkOut(key);
    if (taken.status !== 202) throw new Error(`not taken: ${JSON.stringify(taken.body)}`);
    return this.client.poll(taken.body.ticketId, this.token, this.sale.waitlist ? 1 : 25);
  }

  #call<T>(method: string, path: string, options: object = {}): Promise<Answer<T>> {
    const { token, sale } = this;
    return this.client.call(method, `/api/sales/${sale.id}/cart${path}`, { token, ...options });
  }
}

/** A sale of two products of one currency. */
export const TWO = {
  products: [
    { stock: 5, amount: 100 },
    { stock: 3, amount: 250 },
  ],
};
