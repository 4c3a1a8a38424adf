import { randomUUID } from 'node:crypto';
import { createServer, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { getRequestListener, RequestError } from '@hono/node-server';
import type { Logger } from 'pino';
import type { ErrorCode } from '../../domain/errors.ts';
import { problemBody } from '../schemas/problem.ts';

/** Timeouts for clients, in ms. They do not affect long polls, whose requests arrive at once. */
export interface ServerTimeouts {
  /** For the headers of a request. */
  readonly headersMs: number;
  /** For a request with its body. */
  readonly requestMs: number;
  /** Idle time of a connection; longer than load balancers keep theirs, mostly 60 s. */
  readonly keepAliveMs: number;
  /** How often timeouts are checked. */
  readonly checkMs: number;
}

const TIMEOUTS: ServerTimeouts = {
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 65_000,
  checkMs: 2_000,
};

const PROBLEM = { 'Content-Type': 'application/problem+json', 'X-Content-Type-Options': 'nosniff' };

type Fetch = Parameters<typeof getRequestListener>[0];

/**
 * The HTTP server of the API. Requests that do not reach a route (not HTTP, too slow, an invalid
 * URL) get a problem too.
 */
export function createApiServer(
  fetch: Fetch,
  log: Logger,
  timeouts: ServerTimeouts = TIMEOUTS,
): Server {
  const listener = getRequestListener(fetch, {
    errorHandler(error) {
      if (error instanceof RequestError) return answer('malformed_request');
      log.error({ err: error }, 'unexpected error outside of the routes');
      return answer('internal_error');
    },
  });
  const server = createServer(
    {
      headersTimeout: timeouts.headersMs,
      requestTimeout: timeouts.requestMs,
      keepAliveTimeout: timeouts.keepAliveMs,
      connectionsCheckingInterval: timeouts.checkMs,
      requireHostHeader: false, // the listener requires it, and answers with a problem
    },
    listener,
  );
  // Node would refuse an unknown expectation without a body; it may be ignored.
  server.on('checkExpectation', listener);
  const latest = new WeakMap<Duplex, ServerResponse>();
  server.prependListener('request', ({ socket }, response) => latest.set(socket, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const response = latest.get(socket);
    const isMidway = response?.headersSent === true && !response.writableFinished;
    // The client is gone, or part of a response is sent: more bytes would be taken for its rest.
    if (!socket.writable || isMidway) socket.destroy();
    else refuse(socket, CODES[error.code ?? ''] ?? 'malformed_request');
  });
  return server;
}

const CODES: Record<string, ErrorCode> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
};

function answer(code: ErrorCode): Response {
  const body = problemBody({ code, requestId: randomUUID() });
  return new Response(JSON.stringify(body), { status: body.status, headers: PROBLEM });
}

/** Answers on a raw connection, and closes it. */
function refuse(socket: Duplex, code: ErrorCode): void {
  const body = problemBody({ code, requestId: randomUUID() });
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${body.status} ${STATUS_CODES[body.status]}`,
    ...Object.entries(PROBLEM).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}
