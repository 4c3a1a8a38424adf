import type { QueryClient } from '@tanstack/react-query';
import type { Attempts } from '../browser/attempts.ts';
import type { Session } from './session.ts';

/**
 * Leaves nothing of a buyer to whoever comes next: when they go, in whichever tab, what was read for
 * them is forgotten, and what was under way is not sent again. Should they come back, they are
 * asked whether it shall go on.
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
