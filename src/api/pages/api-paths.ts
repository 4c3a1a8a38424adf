/** The path of the queue board. */
export const BOARD_PATH = '/admin/queues';

/** Path prefixes that the API answers: no page is under them. */
export const API_PATHS: readonly string[] = [
  '/api',
  '/docs',
  '/openapi.json',
  '/metrics',
  '/healthz',
  '/readyz',
  BOARD_PATH,
];

/** Path prefixes of pages, see src/web/routes.tsx. */
export const PAGE_PATHS: readonly string[] = [
  '/sales',
  '/tickets',
  '/orders',
  '/account',
  '/admin',
];

/** Whether a path is under one of these prefixes. */
export function isUnder(paths: readonly string[], path: string): boolean {
  return paths.some((one) => path === one || path.startsWith(`${one}/`));
}
