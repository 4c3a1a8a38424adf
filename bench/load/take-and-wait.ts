import autocannon from 'autocannon';
import { z } from 'zod';
import { wishOf } from './take.ts';

const placeSchema = z.object({ ticketId: z.string() });

/** Of a purchase. */
const REQUESTS = 2;

interface Purchase {
  token: string;
  sentMs: number;
  ticketId: string;
}

/** How long purchases took, in ms. */
export interface Journeys {
  readonly acceptedMs: readonly number[];
  /** From the request for a ticket to the poll that says how it was decided. */
  readonly decidedMs: readonly number[];
}

/**
 * Takes tickets at a fixed rate, each followed by a long poll, by autocannon.
 *
 * @param options.perSecond tickets a second; as fast as they are decided when left out
 * @param options.seconds how long
 */
export async function takeAndWait(
  url: string,
  sale: { readonly id: string; readonly product: string },
  tokens: readonly string[],
  options: {
    readonly connections: number;
    readonly seconds: number;
    readonly perSecond: number | undefined;
  },
): Promise<Journeys> {
  const { connections, seconds, perSecond } = options;
  const acceptedMs: number[] = [];
  const decidedMs: number[] = [];
  const odd: string[] = [];
  let next = 0;
  const { errors } = await autocannon({
    url,
    connections,
    duration: seconds,
    ...(perSecond === undefined ? {} : { overallRate: perSecond * REQUESTS }),
    requests: [
      {
        method: 'POST',
        path: `/api/sales/${sale.id}/tickets`,
        body: wishOf(sale.product),
        setupRequest(request, context: Partial<Purchase>) {
          const token = tokens[next++ % tokens.length] ?? '';
          Object.assign(context, { token, sentMs: performance.now() });
          const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
          return { ...request, headers };
        },
        onResponse(status, body, context: Partial<Purchase>) {
          if (status !== 202) odd.push(`${status} ${body}`);
          else {
            acceptedMs.push(performance.now() - (context.sentMs ?? 0));
            context.ticketId = placeSchema.parse(JSON.parse(body)).ticketId;
          }
        },
      },
      {
        method: 'GET',
        setupRequest(request, context: Partial<Purchase>) {
          const headers = { authorization: `Bearer ${context.token}` };
          return { ...request, path: `/api/tickets/${context.ticketId}?wait=25`, headers };
        },
        onResponse(status, body, context: Partial<Purchase>) {
          if (status === 200) decidedMs.push(performance.now() - (context.sentMs ?? 0));
          else odd.push(`${status} ${body}`);
        },
      },
    ],
  });
  if (odd.length > 0 || errors > 0)
    throw new Error(`${errors} broke; ${odd.length} odd: ${odd[0]}`);
  return { acceptedMs, decidedMs };
}
