import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { TicketView } from '../../../api/schemas/ticket.ts';
import { type ApiClient, answered } from '../../client/api-client.ts';
import { useServices } from '../../session/services.ts';

/** Seconds that the API may hold a long poll. */
const LONG_POLL = 25;
/** The pause between long polls. */
const PAUSE_MS = 250;
const WAITLIST_POLL_MS = 10_000;

/** Whether a ticket can still change without its buyer. */
function isOpen({ status }: Pick<TicketView, 'status'>): boolean {
  return status === 'queued' || status === 'waitlisted';
}

/** The query key of a ticket. */
export function ticketKey(ticketId: string) {
  return ['ticket', ticketId] as const;
}

/**
 * Reads a ticket.
 *
 * @param wait seconds that the API may hold the request while the ticket is undecided
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
 * A live ticket. Short polls follow the line, at the rate that the API sets; a long poll returns at
 * the moment of the decision.
 */
export function useTicket(ticketId: string) {
  const { own } = useServices();
  const queries = useQueryClient();
  const place = useQuery({
    queryKey: ticketKey(ticketId),
    queryFn: ({ signal }) => readTicket(own, ticketId, signal),
    refetchInterval: ({ state: { data } }) => ticketPollMs(data),
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
    // A background tab shows the decision in its title.
    refetchIntervalInBackground: true,
    gcTime: 0,
  });
  return place;
}

function ticketPollMs(ticket: TicketView | undefined): number | false {
  if (ticket?.status === 'waitlisted') return WAITLIST_POLL_MS;
  if (ticket?.status !== 'queued') return false;
  return Math.min(5_000, Math.max(500, ticket.retryAfterMs ?? 1_000));
}
