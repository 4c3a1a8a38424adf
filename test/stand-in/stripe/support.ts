import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Stripe } from 'stripe';
import { onTestFinished } from 'vitest';
import { serveStandIn } from '../../../stand-in/stripe/serve.ts';
import { type StandInOptions, StripeStandIn } from '../../../stand-in/stripe/stand-in.ts';
import { STRIPE } from '../../support/system.ts';

const { webhookSecret: WEBHOOK_SECRET, publishableKey: PUBLISHABLE_KEY } = STRIPE;
export const SECRET_KEY = STRIPE.secretKey;

/** A received webhook with a valid signature. */
export interface Received {
  readonly event: Stripe.Event;
  readonly signature: string;
}

/** A webhook endpoint that verifies signatures. */
export class Receiver {
  readonly received: Received[] = [];
  /** Its response status; 0 resets the connection. */
  answer: (event: Stripe.Event) => number | Promise<number> = () => 200;
  url = '';
  #waiting: Array<() => void> = [];

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const signature = String(request.headers['stripe-signature']);
      const payload = Buffer.concat(chunks).toString('utf8');
      const { webhooks } = Stripe;
      const event = await webhooks.constructEventAsync(payload, signature, WEBHOOK_SECRET);
      const status = await receiver.answer(event);
      receiver.received.push({ event, signature });
      if (status === 0) request.socket.destroy();
      else response.writeHead(status).end();
      for (const wake of receiver.#waiting.splice(0)) wake();
    });
    receiver.url = `${await listen(server)}/hook`;
    return receiver;
  }

  types(): string[] {
    return this.received.map(({ event }) => event.type);
  }

  /** Waits until `count` webhooks in total have arrived. */
  async until(count: number): Promise<void> {
    while (this.received.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A served stand-in with an SDK client that never retries on its own. */
export async function start(options: Partial<StandInOptions> = {}) {
  const standIn = new StripeStandIn({ webhookSecret: WEBHOOK_SECRET, ...options });
  const served = await serveStandIn(standIn, 0);
  const { url, stop } = served;
  onTestFinished(stop);
  return { standIn, url, stop, stripe: client(url, SECRET_KEY), browser: browserOf(url) };
}

/** A PaymentIntent of 25 euros. */
export const TICKET = {
  amount: 2500,
  currency: 'eur',
  automatic_payment_methods: { enabled: true },
  metadata: { orderId: '7' },
} as const;

/** Pays at once with one of the test methods. */
export function paidWith(method: string) {
  return { ...TICKET, confirm: true, payment_method: method };
}

export function client(url: string, key: string, config: { timeout?: number } = {}): Stripe {
  const { hostname, port } = new URL(url);
  return new Stripe(key, {
    host: hostname,
    port: Number(port),
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
    ...config,
  });
}

/** The error thrown by `run`, as the SDK's error. */
export async function failureOf(run: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Stripe.errors.StripeError) return error;
  throw new Error('The call should have failed with an error of the SDK', { cause: error });
}

interface BrowserAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly id?: string;
    readonly status?: string;
    readonly error?: { readonly code?: string; readonly param?: string; readonly type?: string };
  };
}

/** Calls as a page makes them, with the publishable key. */
function browserOf(url: string) {
  const call = async (request: Request): Promise<BrowserAnswer> => {
    const response = await fetch(request);
    const { status, headers } = response;
    return { status, headers, body: (await response.json()) as BrowserAnswer['body'] };
  };
  return {
    get: (path: string) =>
      call(
        new Request(url + path, {
          headers: { Authorization: `Bearer ${PUBLISHABLE_KEY}`, Origin: 'http://shop.test' },
        }),
      ),
    /** The key is in the form, as Stripe.js sends it. */
    post: (path: string, fields: Record<string, string>) =>
      call(
        new Request(url + path, {
          method: 'POST',
          headers: { Origin: 'http://shop.test' },
          body: new URLSearchParams({ key: PUBLISHABLE_KEY, ...fields }),
        }),
      ),
  };
}
