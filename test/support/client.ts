import { vi } from 'vitest';
import type { OrderView } from '../../src/api/schemas/order.ts';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import type { TicketView } from '../../src/api/schemas/ticket.ts';
import { makeAccessToken } from '../../src/api/tokens/access-token.ts';
import type { Role } from '../../src/domain/role.ts';
import { SECRET } from './system.ts';

export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface CallOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The problem body of every error. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** The answer to a ticket request: a place in line, or a problem. */
export type Taken = Omit<TicketView, 'status'> & {
  readonly status: string | number;
  readonly code?: string;
  readonly detail?: string;
};

export interface SaleOptions {
  readonly name?: string;
  readonly stock?: number;
  readonly products?: readonly {
    readonly stock: number;
    readonly amount?: number;
    readonly currency?: string;
  }[];
  readonly startsAt?: Date;
  readonly endsAt?: Date;
  readonly perBuyerLimit?: number;
  readonly holdSeconds?: number;
  readonly waitlist?: boolean;
  readonly offerSeconds?: number;
  readonly holdLimit?: SaleView['holdLimit'];
  readonly challenge?: boolean;
}

/** An HTTP client of Fairline. */
export class Client {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  token(sub: string, role: Role = 'buyer', email?: string): Promise<string> {
    const claims = { sub, role, ttlSeconds: 3_600 };
    return makeAccessToken(SECRET, email === undefined ? claims : { ...claims, email });
  }

  async call<T>(method: string, path: string, options: CallOptions = {}): Promise<Answer<T>> {
    const { token, body, headers } = options;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json');
    return {
      status: response.status,
      headers: response.headers,
      body: (json ? JSON.parse(text) : text) as T,
    };
  }

  /** Creates a sale as an admin; open since a minute ago unless specified otherwise. */
  async createSale(options: SaleOptions = {}): Promise<SaleView> {
    const { stock = 10, perBuyerLimit = 2, holdSeconds = 600, waitlist = false } = options;
    const { holdLimit = null } = options;
    const products = (options.products ?? [{ stock }]).map((product, index) => ({
      name: `Product ${index + 1}`,
      amount: product.amount ?? 1_000,
      currency: product.currency ?? 'eur',
      stock: product.stock,
    }));
    const { startsAt = new Date(Date.now() - 60_000), endsAt = new Date(Date.now() + 3_600_000) } =
      options;
    const answer = await this.call<SaleView>('POST', '/api/admin/sales', {
      token: await this.token('seller', 'admin'),
      body: {
        name: options.name ?? 'Sale',
        startsAt,
        endsAt,
        perBuyerLimit,
        holdSeconds,
        waitlist,
        offerSeconds: options.offerSeconds,
        holdLimit,
        challenge: options.challenge,
        products,
      },
    });
    if (answer.status !== 201) throw new Error(`no sale: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async sale(saleId: string): Promise<SaleView> {
    return (await this.call<SaleView>('GET', `/api/sales/${saleId}`)).body;
  }

  /**
   * Takes a ticket for one unit of the sale's first product, or for the given quantities by
   * product.
   */
  async take(
    sale: SaleView,
    token: string,
    options: {
      quantities?: readonly number[];
      key?: string;
      headers?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<Answer<Taken>> {
    const { quantities = [1], key, headers } = options;
    const items = quantities.flatMap((quantity, index) =>
      quantity === 0 ? [] : [{ productId: sale.products[index]?.id, quantity }],
    );
    return this.call('POST', `/api/sales/${sale.id}/tickets`, {
      token,
      body: { items },
      headers: { ...headers, ...(key === undefined ? {} : { 'idempotency-key': key }) },
    });
  }

  async poll(ticketId: string, token: string, waitSeconds = 25): Promise<TicketView> {
    const path = `/api/tickets/${ticketId}?wait=${waitSeconds}`;
    const answer = await this.call<TicketView>('GET', path, { token });
    if (answer.status !== 200) throw new Error(`no ticket: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Takes a ticket and waits for its decision. */
  async buy(
    sale: SaleView,
    token: string,
    options: { quantities?: readonly number[]; key?: string } = {},
  ): Promise<TicketView> {
    const taken = await this.take(sale, token, options);
    if (taken.status !== 202) throw new Error(`not taken: ${JSON.stringify(taken.body)}`);
    const { ticketId } = taken.body;
    if (!sale.waitlist) return this.poll(ticketId, token);
    // A long poll that starts after the decision would wait until the ticket leaves the waitlist.
    return vi.waitUntil(
      async () => {
        const ticket = await this.poll(ticketId, token, 0);
        return ticket.status === 'queued' ? undefined : ticket;
      },
      { timeout: 120_000, interval: 10 },
    );
  }

  async orders(token: string, query = ''): Promise<OrderView[]> {
    return (await this.call<{ items: OrderView[] }>('GET', `/api/orders${query}`, { token })).body
      .items;
  }
}
