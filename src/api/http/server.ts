import { randomUUID } from 'node:crypto';
import { createServer, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { getRequestListener, RequestError } from '@hono/node-server';
import type { Logger } from 'pino';
import type { ErrorCode } from '../../domain/errors.ts';
import { problemBody } from '../schemas/problem.ts';
import type { AnswerHeaders } from './answer.ts';
import type { ApiBindings } from './env.ts';
import { Turns } from './turns.ts';

/**
 * Timeouts for clients, in ms. Long polls and streams of events live: their requests arrive at
 * once, a poll is answered after 25 s at the latest, and a stream has an event every 15 s.
 */
interface ServerTimeouts {
  /** For the headers of a request. */
  readonly headersMs: number;
  /** For a request with its body. */
  readonly requestMs: number;
  /** Idle time of a connection; longer than load balancers keep theirs, mostly 60 s. */
  readonly keepAliveMs: number;
  /**
   * For a connection on which no byte moves although something is to be sent or received: who asks
   * and does not read must not keep an answer in memory.
   */
  readonly silentMs: number;
  /** How often timeouts are checked. */
  readonly checkMs: number;
}

const TIMEOUTS: ServerTimeouts = {
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 65_000,
  silentMs: 60_000,
  checkMs: 2_000,
};

const PROBLEM = { 'Content-Type': 'application/problem+json', 'X-Content-Type-Options': 'nosniff' };

type Fetch = Parameters<typeof getRequestListener>[0];

interface ServerOptions {
  readonly timeouts?: ServerTimeouts;
  /** Connections at a time; a further one is closed at once. No bound if left out. */
  readonly maxConnections?: number | undefined;
  /** What each answer has, those included that no route makes; nothing more if left out. */
  readonly headers?: AnswerHeaders;
}

/**
 * The HTTP server of the API. The requests of a connection are handled one after another. Those
 * that do not reach a route (not HTTP, too slow, an invalid URL) get a problem too.
 */
export function createApiServer(
  fetch: Fetch,
  log: Logger,
  { timeouts = TIMEOUTS, maxConnections, headers = {} }: ServerOptions = {},
): Server {
  const fetchWith: Fetch = (request, env) => {
    const bindings = { ...env, headers } satisfies Pick<ApiBindings, 'headers'>;
    return fetch(request, bindings);
  };
  const listener = getRequestListener(fetchWith, {
    errorHandler(error) {
      if (error instanceof RequestError) return answer('malformed_request', headers);
      log.error({ err: error }, 'unexpected error outside of the routes');
      return answer('internal_error', headers);
    },
  });
  const turns = new Turns((request, response) => void listener(request, response));
  const server = createServer({
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    connectionsCheckingInterval: timeouts.checkMs,
    requireHostHeader: false, // the listener requires it, and answers with a problem
  });
  server.timeout = timeouts.silentMs;
  if (maxConnections !== undefined) server.maxConnections = maxConnections;
  server.on('request', (request, response) => turns.take(request, response));
  // Node would refuse an unknown expectation without a body; it may be ignored.
  server.on('checkExpectation', (request, response) => turns.take(request, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const drop = () => socket.destroy();
    const tell = () => {
      if (socket.writable) refuse(socket, CODES[error.code ?? ''] ?? 'malformed_request', headers);
      else drop(); // the client is gone
    };
    turns.refuse(socket, tell, drop);
  });
  return server;
}

const CODES: Record<string, ErrorCode> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
};

function answer(code: ErrorCode, headers: AnswerHeaders): Response {
  const body = problemBody({ code, requestId: randomUUID() });
  const all = { ...headers, ...PROBLEM };
  return new Response(JSON.stringify(body), { status: body.status, headers: all });
}

/** Answers on a raw connection, and closes it. */
function refuse(socket: Duplex, code: ErrorCode, headers: AnswerHeaders): void {
  const body = problemBody({ code, requestId: randomUUID() });
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${body.status} ${STATUS_CODES[body.status]}`,
    ...Object.entries({ ...headers, ...PROBLEM }).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}
