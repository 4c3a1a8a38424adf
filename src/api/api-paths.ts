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
