import type { QueryClient } from '@tanstack/react-query';
import type { Attempts } from '../browser/attempts.ts';
import type { Session } from './session.ts';

/**
 * Keeps a buyer's data from the next user of the browser: when they sign out, in any tab, cached
 * queries are cleared and attempts in progress are set aside. If they sign in again, they are asked
 * whether to resume.
 */
export function forgetWithBuyer(
  { session, attempts }: { session: Session; attempts: Attempts },
  queries: QueryClient,
): void {
  let here = session.get()?.user.id;
  session.subscribe(() => {
    const gone = here;
    here = session.get()?.user.id;
    if (gone === undefined || gone === here) return;
    attempts.setAsideOf(gone);
    queries.clear();
  });
}
