import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { getMimeType } from 'hono/utils/mime';

/** A file of the built pages, ready to send. */
export interface PageFile {
  readonly type: string;
  readonly etag: string;
  /** By encoding; compressed only if that is smaller. */
  readonly bodies: Readonly<Partial<Record<Encoding, Uint8Array<ArrayBuffer>>>> & {
    readonly identity: Uint8Array<ArrayBuffer>;
  };
}

export type Encoding = 'br' | 'gzip' | 'identity';

/** The built pages in memory, by request path. */
export interface Pages {
  readonly files: ReadonlyMap<string, PageFile>;
  /** The document of every page. */
  readonly index: PageFile;
}

/** Higher levels hardly save anything, and starting would take seconds. */
const BROTLI_QUALITY = 5;

const compressBrotli = promisify(brotliCompress);
const compressGzip = promisify(gzip);

/**
 * Reads the output of `npm run build:web`, once: only files that are in the folder now can be
 * requested, whatever the path (no traversal). Dot files are skipped.
 *
 * @returns undefined if nothing is built
 */
export async function readPages(folder: string): Promise<Pages | undefined> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep))
    .filter((names) => names.every((name) => !name.startsWith('.')));
  const files = new Map(
    await Promise.all(
      paths.map(async (names) => {
        const file = await readPageFile(join(folder, ...names));
        return [`/${names.map(encodeURIComponent).join('/')}`, file] as const;
      }),
    ),
  );
  const index = files.get('/index.html');
  return index && { files, index };
}

async function readPageFile(path: string): Promise<PageFile> {
  const identity = new Uint8Array(await readFile(path));
  const type = getMimeType(path) ?? 'application/octet-stream';
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
