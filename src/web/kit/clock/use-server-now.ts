import { useEffect, useState } from 'react';
import { useServerClock } from './use-server-clock.ts';

/**
 * The server's time in ms, updated at each whole second of it.
 *
 * @param running false stops the updates
 */
export function useServerNow(running = true): number {
  const clock = useServerClock();
  const [now, setNow] = useState(() => clock.now());
  useEffect(() => {
    if (!running) return;
    let timer: ReturnType<typeof setTimeout>;
    const tick = () => {
      setNow(clock.now());
      // A few ms late rather than early: a timer that fires before the second would repeat the last
      // one.
      timer = setTimeout(tick, 1_005 - (clock.now() % 1_000));
    };
    tick();
    return () => clearTimeout(timer);
  }, [clock, running]);
  return now;
}
