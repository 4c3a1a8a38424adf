import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Context } from 'hono';
import { parseAccept } from 'hono/utils/accept';
import { type AnswerHeaders, hasIt, send } from './answer.ts';
import type { ApiEnv } from './env.ts';

/** Content that never changes while the process runs, ready to send: one buffer for all. */
export interface Fixed {
  readonly type: string;
  readonly etag: string;
  /** By encoding; compressed only if that is smaller. */
  readonly bodies: Readonly<Partial<Record<Encoding, Uint8Array<ArrayBuffer>>>> & {
    readonly identity: Uint8Array<ArrayBuffer>;
  };
}

type Encoding = 'br' | 'gzip' | 'identity';

/** Higher levels hardly save anything, and take seconds. */
const BROTLI_QUALITY = 5;

const compressBrotli = promisify(brotliCompress);
const compressGzip = promisify(gzip);

/** Makes content ready to send: its ETag, and its compressed forms, beside the event loop. */
export async function fix(content: string | Uint8Array, type: string): Promise<Fixed> {
  const identity = new Uint8Array(Buffer.from(content));
  const hash = createHash('sha256').update(identity).digest('base64url').slice(0, 22);
  // Weak: the same for all encodings.
  const etag = `W/"${hash}"`;
  if (!/^(text|application\/(json|manifest)|image\/svg)/.test(type)) {
    return { type, etag, bodies: { identity } };
  }
  const [br, gz] = await Promise.all([
    compressBrotli(identity, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
    compressGzip(identity),
  ]);
  const smaller = Object.entries({ br, gzip: gz })
    .filter(([, body]) => body.length < identity.length)
    .map(([name, body]) => [name, new Uint8Array(body)] as const);
  return { type, etag, bodies: { identity, ...Object.fromEntries(smaller) } };
}

/**
 * Content that is made when it is first asked for, once, however many ask meanwhile; again only
 * where that failed.
 */
export function fixOnce(make: () => Promise<Fixed>): () => Promise<Fixed> {
  let made: Promise<Fixed> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

/** Answers with fixed content, as small as the caller takes it, or with 304 who has it. */
export function sendFixed(
  c: Context<ApiEnv>,
  { type, etag, bodies }: Fixed,
  headers: AnswerHeaders,
): Response {
  const all = { ...headers, etag, vary: 'Accept-Encoding' };
  if (hasIt(c, etag)) return send(c, null, 304, all);
  const accepted = new Set(
    parseAccept(c.req.header('accept-encoding') ?? '')
      .filter(({ q }) => q > 0)
      .map((one) => one.type),
  );
  const best = (['br', 'gzip'] as const).find((one) => accepted.has(one) && bodies[one]);
  const encoding: Encoding = best ?? 'identity';
  return send(c, bodies[encoding] ?? bodies.identity, 200, {
    ...all,
    'content-type': type,
    ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
  });
}
