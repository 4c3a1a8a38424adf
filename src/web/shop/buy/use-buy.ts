import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useNavigate } from 'react-router';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { type Attempt, mayResume, type Wish } from '../../browser/attempts.ts';
import { AttemptLapsed } from '../../client/problem.ts';
import { useServerClock } from '../../kit/clock/use-server-clock.ts';
import { useIsMounted } from '../../kit/layout/use-is-mounted.ts';
import { useServices, useSession } from '../../session/services.ts';
import { askForPlace, type BuyStep, isFinal } from './ask-for-place.ts';

/** An attempt being sent. */
interface Sending extends Attempt {
  /** Whether it may have been sent before. */
  readonly isRepeat: boolean;
}

/**
 * Takes exactly one place in line, however often it has to retry: an attempt keeps its key until
 * its ticket is known, across lost answers and reloads. Then opens the place.
 *
 * @returns `unfinished`: an attempt that waits for the buyer's decision
 */
export function useBuy(sale: Pick<SaleView, 'id' | 'name' | 'challenge'>) {
  const { attempts, places, session } = useServices();
  const navigate = useNavigate();
  const isMounted = useIsMounted();
  const [step, setStep] = useState<BuyStep>('asking');
  const send = useSend(sale, isMounted, setStep);
  const mutation = useMutation({
    mutationFn: send,
    onSuccess: ({ ticketId, saleId }, { key, buyer }) => {
      places.keep({ ticketId, saleId, saleName: sale.name, buyer });
      attempts.end(key);
      const isTheirs = session.get()?.user.id === buyer;
      // A user who has navigated away stays there: every page links to the place.
      return isMounted.current && isTheirs ? navigate(`/tickets/${ticketId}`) : undefined;
    },
    onError: (error, { key }) => (isFinal(error) ? attempts.end(key) : attempts.setAside(key)),
  });
  const { mutate, isPending } = mutation;
  useResetWithBuyer(mutation);
  useResume(sale.id, mutate);
  const begin = (wish: Wish) => {
    const known = attempts.find(wish.saleId, wish.buyer)?.key;
    const begun = attempts.begin(wish);
    mutate({ ...begun, isRepeat: begun.key === known });
  };
  return {
    buy: (wish: Omit<Wish, 'saleId'>) => begin({ ...wish, saleId: sale.id }),
    step,
    mutation,
    unfinished: useUnfinished(sale.id, isPending),
    resume: begin,
    drop: ({ key }: Attempt) => attempts.end(key),
  };
}

/** Sends an attempt, unless it sat idle so long that the buyer has to be asked. */
function useSend(
  sale: Pick<SaleView, 'id' | 'challenge'>,
  isMounted: { readonly current: boolean },
  onStep: (step: BuyStep) => void,
) {
  const { ownOf } = useServices();
  const clock = useServerClock();
  const sent = useRef<{ readonly key: string; readonly atMs: number }>(undefined);
  return async ({ isRepeat, ...attempt }: Sending) => {
    const { key, buyer, beganAtMs } = attempt;
    const before = sent.current?.key === key ? sent.current : undefined;
    // While the page is open its own retries count: only a page that was left, or slept, has to
    // ask.
    const lastSeenAtMs = isMounted.current ? (before?.atMs ?? beganAtMs) : beganAtMs;
    const nowMs = clock.localNow();
    if (!mayResume({ beganAtMs: lastSeenAtMs, setAside: false }, nowMs)) {
      throw new AttemptLapsed('left alone');
    }
    sent.current = { key, atMs: nowMs };
    const options = { isRepeat: isRepeat || before !== undefined, onStep };
    return askForPlace(ownOf(buyer), sale, attempt, options);
  };
}

/** Hides an attempt from the next user of the page. */
function useResetWithBuyer(mutation: { variables: Attempt | undefined; reset: () => void }): void {
  const { variables, reset } = mutation;
  const buyer = useSession()?.user.id;
  const isOthers = variables !== undefined && variables.buyer !== buyer;
  useEffect(() => {
    if (isOthers) reset();
  }, [isOthers, reset]);
}

/** Resumes an attempt that was left without an answer a moment ago. */
function useResume(saleId: string, resume: (sending: Sending) => void): void {
  const { attempts } = useServices();
  const clock = useServerClock();
  const buyer = useSession()?.user.id;
  const hasLooked = useRef(false);
  useEffect(() => {
    if (hasLooked.current || buyer === undefined) return;
    hasLooked.current = true;
    const begun = attempts.find(saleId, buyer);
    if (begun === undefined || !mayResume(begun, clock.localNow())) return;
    resume({ ...begun, isRepeat: true });
  }, [attempts, clock, saleId, buyer, resume]);
}

/** The attempt to ask the buyer about. */
function useUnfinished(saleId: string, isPending: boolean): Attempt | undefined {
  const { attempts } = useServices();
  const clock = useServerClock();
  const buyer = useSession()?.user.id;
  const all = useSyncExternalStore(attempts.subscribe, attempts.get);
  if (isPending) return undefined;
  const mine = all.find((one) => one.saleId === saleId && one.buyer === buyer);
  return mine === undefined || mayResume(mine, clock.localNow()) ? undefined : mine;
}
