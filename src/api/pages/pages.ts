import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { getMimeType } from 'hono/utils/mime';
import { type Fixed, fix } from '../http/fixed.ts';

/** The built pages in memory, by request path. */
export interface Pages {
  readonly files: ReadonlyMap<string, Fixed>;
  /** The document of every page. */
  readonly index: Fixed;
}

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

async function readPageFile(path: string): Promise<Fixed> {
  const type = getMimeType(path) ?? 'application/octet-stream';
  return fix(await readFile(path), type.endsWith('+xml') ? `${type}; charset=utf-8` : type);
}
