import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { TicketView } from '../../api/schemas/ticket.ts';
import { answered } from '../client/api-client.ts';
import { useServices } from '../services.ts';

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
 * A ticket as it stands. Short polls tell how the line moves, as often as the API says; a long
 * poll tells of the decision in the moment it is made.
 */
export function useTicket(ticketId: string) {
  const { own } = useServices();
  const queries = useQueryClient();
  const poll = (wait: number, signal: AbortSignal) =>
    answered(
      own.tickets[':ticketId'].$get({ param: { ticketId }, query: { wait } }, { init: { signal } }),
    );
  const place = useQuery({
    queryKey: ticketKey(ticketId),
    queryFn: ({ signal }) => poll(0, signal),
    refetchInterval: ({ state: { data } }) => placeAgainMs(data),
  });
  useQuery({
    queryKey: ['decision', ticketId],
    queryFn: async ({ signal }) => {
      const ticket = await poll(LONG_POLL, signal);
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
