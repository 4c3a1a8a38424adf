import { createContext, use } from 'react';
import type { ServerClock } from './server-clock.ts';

export const ServerClockContext = createContext<ServerClock | undefined>(undefined);

/** The server clock of the page. */
export function useServerClock(): ServerClock {
  const clock = use(ServerClockContext);
  if (clock === undefined) throw new Error('no server clock is provided to this component');
  return clock;
}
