import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import type { SaleView } from '../../api/schemas/sale.ts';
import type { PlaceView } from '../../api/schemas/ticket.ts';
import { answered } from '../client/api-client.ts';
import { ApiProblem, isPassing } from '../client/problem.ts';
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
  const { attempts, places } = services;
  const navigate = useNavigate();
  const [step, setStep] = useState<BuyStep>('asking');
  const mutation = useMutation({
    mutationFn: (attempt: Attempt) => ask(services, sale, attempt, setStep),
    onSuccess: ({ ticketId, saleId }, { key, buyer }) => {
      places.keep({ ticketId, saleId, saleName: sale.name, buyer });
      attempts.end(key);
      return navigate(`/tickets/${ticketId}`);
    },
    onError: (error, { key }) => {
      if (isFinal(error)) attempts.end(key);
    },
  });
  const { mutate } = mutation;
  const buy = ({ buyer, items }: Wish) => {
    const begun = attempts.find(sale.id, buyer);
    const isTheSame = begun !== undefined && JSON.stringify(begun.items) === JSON.stringify(items);
    mutate(isTheSame ? begun : attempts.begin({ saleId: sale.id, buyer, items }));
  };
  useGoOn(sale.id, mutate);
  return { buy, step, mutation };
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

async function ask(
  services: Services,
  sale: Pick<SaleView, 'id' | 'challenge'>,
  attempt: Attempt,
  onStep: (step: BuyStep) => void,
): Promise<PlaceView> {
  onStep(sale.challenge ? 'solving' : 'asking');
  const solution = sale.challenge ? await solveFor(services, sale.id) : undefined;
  onStep('asking');
  const call = services.own.sales[':saleId'];
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
  if (!(error instanceof ApiProblem) || isPassing(error)) return false;
  return error.status < 500 && error.status !== 401 && error.status !== 429;
}
