import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { SaleEventView } from '../../src/api/schemas/sale.ts';

/** A minimal browser that watches a sale: tests open thousands. */
export class EventClient {
  readonly socket: Socket;
  /** Resolves when the connection has ended. */
  readonly ended: Promise<unknown>;
  /** Everything received, the response head first. */
  head = '';
  latest: SaleEventView | undefined;
  snapshots = 0;
  #rest = '';
  #wake: (() => void) | undefined;

  private constructor(url: URL, path: string) {
    this.socket = connect(Number(url.port), url.hostname);
    this.socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${url.host}\r\nAccept: text/event-stream\r\n\r\n`,
    );
    this.ended = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.on('error', () => this.socket.destroy());
    this.socket.setEncoding('utf8');
    this.socket.on('data', (text: string) => this.#hear(text));
  }

  /** Resolves when it is connected. */
  static async open(url: string, saleId: string): Promise<EventClient> {
    const client = new EventClient(new URL(url), `/api/sales/${saleId}/events`);
    await once(client.socket, 'connect');
    return client;
  }

  /** Waits for a snapshot, the latest one or a later one. */
  async until(holds: (view: SaleEventView) => boolean): Promise<SaleEventView> {
    for (;;) {
      if (this.latest !== undefined && holds(this.latest)) return this.latest;
      if (this.socket.destroyed) throw new Error(`the stream is over: ${this.head}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await Promise.race([promise, this.ended]);
    }
  }

  close(): void {
    this.socket.destroy();
  }

  /** Every piece is one chunk, so chunk framing falls between events, never inside one. */
  #hear(text: string): void {
    if (this.head === '') this.head = text.slice(0, text.indexOf('\r\n\r\n'));
    this.#rest += text;
    const events = [...this.#rest.matchAll(/^data: (.+)\n\n/gm)];
    const last = events.at(-1);
    if (last === undefined) return;
    this.#rest = this.#rest.slice(last.index + last[0].length);
    this.snapshots += events.length;
    this.latest = JSON.parse(last[1] ?? '') as SaleEventView;
    this.#wake?.();
  }
}
