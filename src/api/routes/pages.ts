import type { Context } from 'hono';
import { etag } from 'hono/etag';
import { createMiddleware } from 'hono/factory';
import { parseAccept } from 'hono/utils/accept';
import { DomainError } from '../../domain/errors.ts';
import { createApp } from '../http/create-app.ts';
import { type PageOrigins, securePages } from '../http/middleware/secure-answers.ts';
import { API_PATHS, isUnder, PAGE_PATHS } from '../pages/api-paths.ts';
import type { Encoding, PageFile, Pages } from '../pages/pages.ts';

/** What belongs to others, with all that is under it: what is not found there is no page. */
const NO_PAGES = [...API_PATHS, '/assets'];

/** No page's path ends like a file's: who asks for one is told that it is not there. */
const IS_FILE = /\.\w+$/;

/** Files whose name changes with what is in them. */
const FOREVER = 'public, max-age=31536000, immutable';
/** Icons and the like, under the same name for ever. */
const AN_HOUR = 'public, max-age=3600';
/** Kept, but asked for each time: it names the files that belong to it. */
const ASK_FIRST = 'no-cache';

/**
 * The storefront and the admin's pages, as they were built. Which page is shown where is settled in
 * the browser, so every path that is nobody else's gets the same document. Comes after all other
 * routes.
 *
 * @param origins whom the pages may call besides us
 */
export function pageRoutes(pages: Pages, origins: PageOrigins) {
  // Before the headers of pages: a problem keeps those of the API.
  const find = createMiddleware<PageEnv>(async (c, next) => {
    const file = findPage(pages, c);
    if (file === undefined) throw new DomainError('not_found');
    c.set('file', file);
    await next();
  });
  return createApp().get('*', find, securePages(origins), etag(), (c) => {
    const file = c.get('file');
    return send(c, file, keepingOf(c.req.path, file === pages.index));
  });
}

interface PageEnv {
  Variables: { file: PageFile };
}

function findPage({ files, index }: Pages, c: Context): PageFile | undefined {
  const { path } = c.req;
  if (path === '/') return index;
  const file = files.get(path);
  if (file !== undefined || isUnder(NO_PAGES, path)) return file;
  const isPage = isUnder(PAGE_PATHS, path) && !IS_FILE.test(path);
  return isPage || wantsPage(c) ? index : undefined;
}

function keepingOf(path: string, isIndex: boolean): string {
  if (isIndex) return ASK_FIRST;
  return path.startsWith('/assets/') ? FOREVER : AN_HOUR;
}

/**
 * Whether somebody navigates: at a path that is no page the document says so in words. A script,
 * which asks for nothing in particular, gets the problem.
 */
function wantsPage(c: Context): boolean {
  return parseAccept(c.req.header('accept') ?? '').some(({ type }) => type === 'text/html');
}

function send(c: Context, { type, etag: tag, bodies }: PageFile, keeping: string): Response {
  const accepted = new Set(
    parseAccept(c.req.header('accept-encoding') ?? '')
      .filter(({ q }) => q > 0)
      .map((one) => one.type),
  );
  const best = (['br', 'gzip'] as const).find((one) => accepted.has(one) && bodies[one]);
  const encoding: Encoding = best ?? 'identity';
  return c.body(bodies[encoding] ?? bodies.identity, 200, {
    'Content-Type': type,
    'Cache-Control': keeping,
    ETag: tag,
    Vary: 'Accept-Encoding',
    ...(encoding === 'identity' ? {} : { 'Content-Encoding': encoding }),
  });
}
