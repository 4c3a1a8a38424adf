import { z } from 'zod';
import { type Answer, type OneRequest, sendEach } from './send-each.ts';

/** A ticket in line, as its buyer knows it. */
export interface TakenTicket {
  readonly token: string;
  readonly ticketId: string;
  /** How long it took to be accepted, in ms. */
  readonly tookMs: number;
}

const placeSchema = z.object({ ticketId: z.string() });
const ticketSchema = z.object({
  status: z.string(),
  order: z.object({ id: z.string() }).optional(),
});

/** A decided ticket, as a poll says. */
export type DecidedTicket = z.infer<typeof ticketSchema> & Pick<Answer, 'tookMs' | 'atMs'>;

/** The body of a request for one unit. */
export function wishOf(product: string): string {
  return JSON.stringify({ items: [{ productId: product, quantity: 1 }] });
}

/**
 * Takes one ticket per token.
 *
 * @param options.perSecond how many a second at most; as fast as they are accepted when left out
 * @throws Error when one was not accepted
 */
export async function takeTickets(
  url: string,
  sale: { readonly id: string; readonly product: string },
  tokens: readonly string[],
  options: { readonly connections?: number; readonly perSecond?: number } = {},
): Promise<TakenTicket[]> {
  const requests = tokens.map((token): OneRequest => {
    const path = `/api/sales/${sale.id}/tickets`;
    return { method: 'POST', path, token, body: wishOf(sale.product) };
  });
  const answers = await sendEach(url, requests, { connections: 100, status: 202, ...options });
  return answers.map(({ body, tookMs }, i) => {
    const { ticketId } = placeSchema.parse(JSON.parse(body));
    return { token: tokens[i] ?? '', ticketId, tookMs };
  });
}

/** Polls each ticket once, waiting up to 25 s for its decision. */
export async function pollTickets(
  url: string,
  tickets: readonly Pick<TakenTicket, 'token' | 'ticketId'>[],
  options: { readonly connections?: number; readonly perSecond?: number } = {},
): Promise<DecidedTicket[]> {
  const requests = tickets.map(({ token, ticketId }): OneRequest => {
    return { method: 'GET', path: `/api/tickets/${ticketId}?wait=25`, token };
  });
  const answers = await sendEach(url, requests, { connections: 100, status: 200, ...options });
  return answers.map(({ body, tookMs, atMs }) => ({
    ...ticketSchema.parse(JSON.parse(body)),
    tookMs,
    atMs,
  }));
}
