import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import type { SaleView } from '../../api/schemas/sale.ts';
import type { PlaceView } from '../../api/schemas/ticket.ts';
import { answered } from '../client/api-client.ts';
import { AnotherBuyer, ApiProblem, isPassing } from '../client/problem.ts';
import { useIsHere } from '../layout/use-is-here.ts';
import { type Services, useServices, useSession } from '../services.ts';
import type { Attempt, WantedItem } from '../store/attempts.ts';
import { solveFor } from './solve.ts';

/** `solving`: the check against robots is computed; `asking`: a place in line is asked for. */
export type BuyStep = 'solving' | 'asking';

/** Whom to buy for and what; undefined items are what lies in the cart. */
interface Wish {
  readonly buyer: string;
  readonly items: readonly WantedItem[] | undefined;
}

/**
 * Takes a place in line, exactly one however often it has to ask: an attempt keeps its key until
 * its ticket is known, over lost answers and reloads. Then shows the place.
 */
export function useBuy(sale: Pick<SaleView, 'id' | 'name' | 'challenge'>) {
  const services = useServices();
  const { attempts, places, session } = services;
  const navigate = useNavigate();
  const isHere = useIsHere();
  const [step, setStep] = useState<BuyStep>('asking');
  const mutation = useMutation({
    mutationFn: (attempt: Attempt) => ask(services, sale, attempt, setStep),
    onSuccess: ({ ticketId, saleId }, { key, buyer }) => {
      places.keep({ ticketId, saleId, saleName: sale.name, buyer });
      attempts.end(key);
      const isTheirs = session.get()?.user.id === buyer;
      // Who has gone elsewhere stays there: the way to the place is at the top of every page.
      return isHere.current && isTheirs ? navigate(`/tickets/${ticketId}`) : undefined;
    },
    onError: (error, { key }) => {
      if (isFinal(error)) attempts.end(key);
    },
  });
  const { mutate } = mutation;
  useResetWithBuyer(mutation);
  const buy = ({ buyer, items }: Wish) => {
    const begun = attempts.find(sale.id, buyer);
    const isTheSame = begun !== undefined && JSON.stringify(begun.items) === JSON.stringify(items);
    mutate(isTheSame ? begun : attempts.begin({ saleId: sale.id, buyer, items }));
  };
  useGoOn(sale.id, mutate);
  return { buy, step, mutation };
}

/** What somebody began is not shown to whoever is here after them. */
function useResetWithBuyer({
  variables,
  reset,
}: {
  variables: Attempt | undefined;
  reset: () => void;
}): void {
  const buyer = useSession()?.user.id;
  const isOthers = variables !== undefined && variables.buyer !== buyer;
  useEffect(() => {
    if (isOthers) reset();
  }, [isOthers, reset]);
}

/** An attempt that the last visit left without an answer goes on. */
function useGoOn(saleId: string, goOn: (attempt: Attempt) => void): void {
  const { attempts } = useServices();
  const buyer = useSession()?.user.id;
  const hasLooked = useRef(false);
  useEffect(() => {
    if (hasLooked.current || buyer === undefined) return;
    hasLooked.current = true;
    const begun = attempts.find(saleId, buyer);
    if (begun !== undefined) goOn(begun);
  }, [attempts, saleId, buyer, goOn]);
}

/**
 * Asks for a place, for the buyer of the attempt and nobody else: each call has a token of theirs.
 *
 * @throws AnotherBuyer where they are not here any more
 */
async function ask(
  { ownOf }: Services,
  sale: Pick<SaleView, 'id' | 'challenge'>,
  attempt: Attempt,
  onStep: (step: BuyStep) => void,
): Promise<PlaceView> {
  const own = ownOf(attempt.buyer);
  onStep(sale.challenge ? 'solving' : 'asking');
  const solution = sale.challenge ? await solveFor(own, sale.id) : undefined;
  onStep('asking');
  const call = own.sales[':saleId'];
  const request = {
    param: { saleId: sale.id },
    header: {
      'idempotency-key': attempt.key,
      ...(solution === undefined ? {} : { 'challenge-solution': solution }),
    },
  };
  if (attempt.items === undefined) return answered(call.cart.checkout.$post(request));
  const items = attempt.items.map((item) => ({ ...item }));
  return answered(call.tickets.$post({ ...request, json: { items } }));
}

/** Whether it is certain that the attempt has no place: another one may have another key. */
function isFinal(error: unknown): boolean {
  if (error instanceof AnotherBuyer) return true;
  if (!(error instanceof ApiProblem) || isPassing(error)) return false;
  return error.status < 500 && error.status !== 401 && error.status !== 429;
}
