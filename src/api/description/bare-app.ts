import { type ApiDeps, createApi } from '../app.ts';

/**
 * The API without the parts that it works with: enough to be described, because routes are made of
 * their schemas and touch nothing before the first request.
 */
export function bareApp() {
  return createApi({ auth: {}, corsOrigins: [] } as unknown as ApiDeps);
}
