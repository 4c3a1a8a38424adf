import { useQueries } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useMatch } from 'react-router';
import { hasCode } from '../../client/problem.ts';
import { useToast } from '../../kit/ui/toast.tsx';
import { useServices } from '../../session/services.ts';
import { useOpenPlaces } from '../../session/use-open-places.ts';
import { readTicket, ticketKey } from '../ticket/use-ticket.ts';

const LOOK_MS = 5_000;
/** More at once would be a burden; the others have their turn when these are over. */
const WATCHED = 5;

/**
 * Looks after the open places of whoever is here from every page: a hold that came while they
 * looked at something else is told at once, and what is over is forgotten.
 */
export function usePlaceWatch(): void {
  const { own, places } = useServices();
  const say = useToast();
  const shown = useMatch('/tickets/:ticketId')?.params.ticketId;
  const open = useOpenPlaces().slice(0, WATCHED);
  const tickets = useQueries({
    queries: open.map(({ ticketId }) => ({
      queryKey: ticketKey(ticketId),
      queryFn: ({ signal }: { signal: AbortSignal }) => readTicket(own, ticketId, signal),
      // Its own page asks by itself.
      enabled: ticketId !== shown,
      refetchInterval: LOOK_MS,
      refetchIntervalInBackground: true,
    })),
  });
  useEffect(() => {
    for (const [index, place] of open.entries()) {
      const { data: ticket, error } = tickets[index] ?? {};
      if (place.ticketId === shown) continue;
      if (hasCode(error, 'ticket_not_found')) places.forget(place.ticketId);
      if (ticket === undefined) continue;
      const wasWaiting = place.orderId === undefined;
      places.note(place, ticket);
      if (wasWaiting && ticket.order?.status === 'held') say(`${place.saleName}: held for you!`);
    }
  });
}
