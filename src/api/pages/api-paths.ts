/** Where the board of the queues is. */
export const BOARD_PATH = '/admin/queues';

/** What the API answers, with all that is under it: no page has such a path. */
export const API_PATHS: readonly string[] = [
  '/api',
  '/docs',
  '/openapi.json',
  '/metrics',
  '/healthz',
  '/readyz',
  BOARD_PATH,
];

/** Where pages are, with all that is under it: src/web/routes.tsx. */
export const PAGE_PATHS: readonly string[] = [
  '/sales',
  '/tickets',
  '/orders',
  '/account',
  '/admin',
];

/** Whether a path is one of a list, or under one. */
export function isUnder(paths: readonly string[], path: string): boolean {
  return paths.some((one) => path === one || path.startsWith(`${one}/`));
}
