import type { Context } from 'hono';
import { etag } from 'hono/etag';
import { createMiddleware } from 'hono/factory';
import { parseAccept } from 'hono/utils/accept';
import { DomainError } from '../../domain/errors.ts';
import { createApp } from '../http/create-app.ts';
import { type PageOrigins, securePages } from '../http/middleware/secure-answers.ts';
import { API_PATHS, isUnder, PAGE_PATHS } from '../pages/api-paths.ts';
import type { Encoding, PageFile, Pages } from '../pages/pages.ts';

/** Path prefixes of others: a path not found there is not a page. */
const NO_PAGES = [...API_PATHS, '/assets'];

/** No page's path looks like a file's: a missing file is a 404. */
const IS_FILE = /\.\w+$/;

/** Files whose name contains a hash of their content. */
const FOREVER = 'public, max-age=31536000, immutable';
/** Icons and the like, whose names never change. */
const AN_HOUR = 'public, max-age=3600';
/** Cached, but revalidated each time: the document names its versioned files. */
const ASK_FIRST = 'no-cache';

/**
 * Serves the built storefront and admin pages. Routing between pages happens in the browser, so
 * every remaining path gets the same document. Must be the last of all routes.
 *
 * @param origins other origins that the pages may call
 */
export function pageRoutes(pages: Pages, origins: PageOrigins) {
  // Before the headers of pages: a problem keeps the API's.
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
 * Whether it is a navigation: for an unknown path the document then says so. A script, which does
 * not ask for HTML, gets the problem.
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
