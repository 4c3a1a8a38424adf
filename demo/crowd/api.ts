import { setMaxListeners } from 'node:events';
import type { ConfigView } from '../../src/api/schemas/config.ts';
import type { PaymentView } from '../../src/api/schemas/payment.ts';

/** Any answer. */
export interface Answer<T> {
  readonly status: number;
  /** The code of a problem; undefined otherwise. */
  readonly code: string | undefined;
  /** When to retry, according to the answer. */
  readonly retryAfterMs: number;
  readonly body: T;
}

export interface CallOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** When to retry where the answer does not say. */
const RETRY_MS = 1_000;

/** Makes the HTTP calls of the crowd's browsers. All of them end with the signal. */
export class CrowdApi {
  readonly url: string;
  readonly signal: AbortSignal;

  constructor(url: string, signal: AbortSignal) {
    this.url = url;
    this.signal = signal;
    setMaxListeners(0, signal); // each call is one
  }

  async call<T>(method: string, path: string, options: CallOptions = {}): Promise<Answer<T>> {
    const { token, body, headers } = options;
    const response = await fetch(`${this.url}${path}`, {
      method,
      signal: this.signal,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    const parsed: unknown = isJson ? JSON.parse(text) : text;
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    return {
      status: response.status,
      code: response.ok ? undefined : String(Object(parsed).code ?? 'no problem'),
      retryAfterMs: Number.isNaN(seconds) ? RETRY_MS : seconds * 1_000,
      body: parsed as T,
    };
  }

  /** Confirms a payment at the stand-in, as a browser does. Returns the status of the answer. */
  async confirm(config: ConfigView, payment: PaymentView): Promise<number> {
    const path = `/v1/payment_intents/${payment.paymentIntentId}/confirm`;
    const response = await fetch(`${config.stripeUrl}${path}`, {
      method: 'POST',
      signal: this.signal,
      body: new URLSearchParams({
        key: payment.publishableKey,
        client_secret: payment.clientSecret,
        payment_method: 'pm_card_visa',
      }),
    });
    await response.arrayBuffer();
    return response.status;
  }
}
