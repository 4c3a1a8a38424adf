import { useQueries } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useMatch } from 'react-router';
import { hasCode } from '../../client/problem.ts';
import { useToast } from '../../kit/ui/toast.tsx';
import { useServices } from '../../session/services.ts';
import { useOpenPlaces } from '../../session/use-open-places.ts';
import { readTicket, ticketKey } from '../ticket/use-ticket.ts';

const POLL_MS = 5_000;
/** More would load the API; the rest follow as these end. */
const WATCHED = 5;

/**
 * Watches the current user's open places from every page: a new hold is announced at once, and
 * ended places are removed.
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
      // The ticket page polls its own ticket.
      enabled: ticketId !== shown,
      refetchInterval: POLL_MS,
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
