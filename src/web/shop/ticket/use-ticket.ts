import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { TicketView } from '../../../api/schemas/ticket.ts';
import { type ApiClient, answered } from '../../client/api-client.ts';
import { useServices } from '../../session/services.ts';

/** Seconds that the API may keep us waiting for a decision. */
const LONG_POLL = 25;
/** Between one long poll and the next. */
const PAUSE_MS = 250;
const WAITLIST_POLL_MS = 10_000;

/** Whether something can still become of a ticket without its buyer. */
export function isOpen({ status }: Pick<TicketView, 'status'>): boolean {
  return status === 'queued' || status === 'waitlisted';
}

/** Where a ticket is kept among the queries. */
export function ticketKey(ticketId: string) {
  return ['ticket', ticketId] as const;
}

/**
 * Asks for a ticket.
 *
 * @param wait seconds that the API may take to answer while nothing is decided
 */
export function readTicket(
  own: ApiClient,
  ticketId: string,
  signal: AbortSignal,
  wait = 0,
): Promise<TicketView> {
  const request = { param: { ticketId }, query: { wait } };
  return answered(own.tickets[':ticketId'].$get(request, { init: { signal } }));
}

/**
 * A ticket as it stands. Short polls tell how the line moves, as often as the API says; a long
 * poll tells of the decision in the moment it is made.
 */
export function useTicket(ticketId: string) {
  const { own } = useServices();
  const queries = useQueryClient();
  const place = useQuery({
    queryKey: ticketKey(ticketId),
    queryFn: ({ signal }) => readTicket(own, ticketId, signal),
    refetchInterval: ({ state: { data } }) => placeAgainMs(data),
  });
  useQuery({
    queryKey: ['decision', ticketId],
    queryFn: async ({ signal }) => {
      const ticket = await readTicket(own, ticketId, signal, LONG_POLL);
      queries.setQueryData(ticketKey(ticketId), ticket);
      return ticket;
    },
    enabled: place.data !== undefined && isOpen(place.data),
    refetchInterval: PAUSE_MS,
    // Whoever looks at another tab is told by the title.
    refetchIntervalInBackground: true,
    gcTime: 0,
  });
  return place;
}

function placeAgainMs(ticket: TicketView | undefined): number | false {
  if (ticket?.status === 'waitlisted') return WAITLIST_POLL_MS;
  if (ticket?.status !== 'queued') return false;
  return Math.min(5_000, Math.max(500, ticket.retryAfterMs ?? 1_000));
}
