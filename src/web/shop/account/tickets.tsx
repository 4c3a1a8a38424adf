import { Link } from 'react-router';
import type { TicketView } from '../../../api/schemas/ticket.ts';
import { answered } from '../../client/api-client.ts';
import { formatNumber } from '../../kit/format.ts';
import { Badge, type Tone } from '../../kit/ui/badge.tsx';
import { useServices } from '../../session/services.ts';
import { useSaleOf } from '../sale/use-sale-of.ts';
import { PageList } from './page-list.tsx';
import { usePages } from './use-pages.ts';

const STATUS: Record<TicketView['status'], { word: string; tone: Tone }> = {
  queued: { word: 'In line', tone: 'good' },
  waitlisted: { word: 'On the waitlist', tone: 'caution' },
  held: { word: 'Held', tone: 'caution' },
  paid: { word: 'Bought', tone: 'good' },
  sold_out: { word: 'Sold out', tone: 'plain' },
  rejected: { word: 'Nothing', tone: 'plain' },
  cancelled: { word: 'Left', tone: 'plain' },
  expired: { word: 'Not paid in time', tone: 'plain' },
  refunded: { word: 'Refunded', tone: 'plain' },
};

/** The current user's decided tickets, each with its explanation. */
export function Tickets() {
  const { own } = useServices();
  const pages = usePages('tickets', (cursor) =>
    answered(own.tickets.$get({ query: { limit: 20, ...(cursor && { cursor }) } })),
  );
  return (
    <PageList pages={pages} empty="You have not stood in line yet.">
      {(ticket) => <Ticket key={ticket.ticketId} ticket={ticket} />}
    </PageList>
  );
}

function Ticket({ ticket }: { ticket: TicketView }) {
  const sale = useSaleOf(ticket.saleId);
  const { status, lineNumber, explanation, ticketId, order } = ticket;
  const { word, tone } = STATUS[status];
  return (
    <li className="account-row">
      <span className="account-main">
        <Link
          to={order === undefined ? `/tickets/${ticketId}` : `/orders/${order.id}`}
          className="account-link"
        >
          {sale?.name ?? 'A sale'}
        </Link>
        {lineNumber === undefined ? null : (
          <span className="soft small digits">Number {formatNumber(lineNumber)} in line</span>
        )}
        {explanation === undefined ? null : <span className="small">{explanation}</span>}
      </span>
      <span className="account-end">
        <Badge tone={tone}>{word}</Badge>
      </span>
    </li>
  );
}
