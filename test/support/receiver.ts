import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A webhook receiver. */
export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** How it responds; 204 by default. */
  answer: (response: ServerResponse) => void;
  stop(): void;
}

/** Starts one on a free port. */
export async function startReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    text(request).then(
      (body) => {
        receiver.received.push({ headers: request.headers, body });
        receiver.answer(response);
      },
      () => response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?shop=1`,
    received: [],
    answer: (response) => response.writeHead(204).end(),
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
  return receiver;
}

/** The content of a webhook whose signature the library has verified. */
export function verified({ headers, body }: Received, secret: string) {
  const read = new Webhook(secret).verify(body, headers as Record<string, string>);
  return read as {
    id: string;
    type: string;
    createdAt: string;
    data: Record<string, unknown>;
  };
}
