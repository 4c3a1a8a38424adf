import { useQuery } from '@tanstack/react-query';
import type { TicketView } from '../../../api/schemas/ticket.ts';
import { answered } from '../../client/api-client.ts';
import { useServices } from '../../session/services.ts';

/** The history is written shortly after the decision. */
const MAX_POLLS = 15;
const POLL_MS = 1_000;

/**
 * The history of a ticket that won nothing: the stock at its turn. Undefined until it is written.
 */
export function useTicketHistory({ saleId, lineNumber }: TicketView): TicketView | undefined {
  const { own } = useServices();
  const { data } = useQuery({
    queryKey: ['ticket-history', saleId, lineNumber],
    enabled: lineNumber !== undefined,
    queryFn: async () => {
      const { items } = await answered(own.tickets.$get({ query: { saleId, limit: 20 } }));
      return items.find((one) => one.lineNumber === lineNumber) ?? null;
    },
    refetchInterval: ({ state }) =>
      state.data?.explanation === undefined && state.dataUpdateCount < MAX_POLLS ? POLL_MS : false,
  });
  return data ?? undefined;
}
