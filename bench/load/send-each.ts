import autocannon from 'autocannon';

/** A request that is sent once. */
export interface OneRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly token?: string;
  readonly body?: string;
  /** Of the body; JSON when left out. */
  readonly contentType?: string;
}

/** An answer, in the place of its request. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** From the moment that it was sent, in ms. */
  readonly tookMs: number;
  /** When the answer was there, on the clock of `performance.now()`. */
  readonly atMs: number;
}

interface Sent {
  place: number;
  sentMs: number;
}

/** How long an answer may take, in seconds: long polls take 25. */
const TIMEOUT_SECONDS = 60;

/**
 * Sends each request once, by autocannon.
 *
 * @param options.perSecond how many a second at most; as fast as the answers come when left out
 * @throws Error when one was not answered with `options.status`
 */
export async function sendEach(
  url: string,
  requests: readonly OneRequest[],
  options: {
    readonly connections: number;
    readonly status: number;
    readonly perSecond?: number;
  },
): Promise<Answer[]> {
  const { connections, perSecond, status: wanted } = options;
  const answers: (Answer | undefined)[] = requests.map(() => undefined);
  let next = 0;
  const { errors, timeouts } = await autocannon({
    url,
    connections: Math.min(connections, requests.length),
    amount: requests.length,
    timeout: TIMEOUT_SECONDS,
    ...(perSecond === undefined ? {} : { overallRate: perSecond }),
    requests: [
      {
        setupRequest(request, context: Partial<Sent>) {
          const place = next++ % requests.length;
          Object.assign(context, { place, sentMs: performance.now() } satisfies Sent);
          return { ...request, ...formatted(requests[place]) };
        },
        onResponse(status, body, context: Partial<Sent>) {
          const { place = 0, sentMs = 0 } = context;
          const atMs = performance.now();
          answers[place] = { status, body, tookMs: atMs - sentMs, atMs };
        },
      },
    ],
  });
  const odd = answers.find((answer) => answer?.status !== wanted);
  const missing = answers.includes(undefined) ? ', some got none' : '';
  if (odd !== undefined || missing !== '' || errors > 0) {
    throw new Error(
      `${errors} requests broke, ${timeouts} by time${missing}; the first odd answer to ` +
        `${requests[0]?.path}: ${odd?.status} ${odd?.body}`,
    );
  }
  return answers.flatMap((answer) => answer ?? []);
}

function formatted(request: OneRequest | undefined) {
  const {
    method = 'GET',
    path = '/',
    token,
    body,
    contentType = 'application/json',
  } = request ?? {};
  return {
    method,
    path,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': contentType }),
    },
    ...(body === undefined ? {} : { body }),
  };
}
