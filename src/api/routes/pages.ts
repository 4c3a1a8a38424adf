import type { Context } from 'hono';
import { parseAccept } from 'hono/utils/accept';
import { DomainError } from '../../domain/errors.ts';
import type { ApiEnv } from '../http/env.ts';
import { type Fixed, sendFixed } from '../http/fixed.ts';
import { type PageOrigins, pagePolicy } from '../http/policies.ts';
import { API_PATHS, isUnder, PAGE_PATHS } from '../pages/api-paths.ts';
import type { Pages } from '../pages/pages.ts';

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
 * every path that no route has gets the same document.
 *
 * @param origins other origins that the pages may call
 * @returns answers a request that no route answers; throws DomainError not_found where it is for
 *   nothing of the pages
 */
export function servePages(pages: Pages, origins: PageOrigins) {
  const policy = pagePolicy(origins);
  return (c: Context<ApiEnv>): Response => {
    const { method, path } = c.req;
    const isRead = method === 'GET' || method === 'HEAD';
    const file = isRead ? findPage(pages, c) : undefined;
    if (file === undefined) throw new DomainError('not_found');
    return sendFixed(c, file, {
      'content-security-policy': policy,
      'cache-control': keepingOf(path, file === pages.index),
    });
  };
}

function findPage({ files, index }: Pages, c: Context): Fixed | undefined {
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
