import { Link } from 'react-router';
import type { OrderView } from '../../../api/schemas/order.ts';
import { formatPrice } from '../../../domain/price.ts';
import { answered } from '../../client/api-client.ts';
import { formatMoment } from '../../kit/format.ts';
import { Badge, type Tone } from '../../kit/ui/badge.tsx';
import { useServices } from '../../session/services.ts';
import { PageList } from './page-list.tsx';
import { usePages } from './use-pages.ts';

const STATUS: Record<OrderView['status'], { word: string; tone: Tone }> = {
  held: { word: 'Awaiting payment', tone: 'caution' },
  paid: { word: 'Paid', tone: 'good' },
  expired: { word: 'Not paid in time', tone: 'plain' },
  cancelled: { word: 'Given back', tone: 'plain' },
  refunded: { word: 'Refunded', tone: 'plain' },
};

/** The badge of an order. */
function badgeOf({ status, amount }: OrderView): { word: string; tone: Tone } {
  const badge = STATUS[status];
  return amount === 0 ? { ...badge, word: FREE[status] ?? badge.word } : badge;
}

/** What is said otherwise about an order that costs nothing. */
const FREE: Partial<Record<OrderView['status'], string>> = {
  held: 'To be confirmed',
  paid: 'Confirmed',
  expired: 'Not confirmed in time',
  refunded: 'Taken back',
};

/** The current user's orders, newest first. */
export function Orders() {
  const { own } = useServices();
  const pages = usePages('orders', (cursor) =>
    answered(own.orders.$get({ query: { limit: 20, ...(cursor && { cursor }) } })),
  );
  return (
    <PageList pages={pages} empty="Nothing yet.">
      {(order) => (
        <li key={order.id} className="account-row">
          <span>
            <Link to={`/orders/${order.id}`} className="account-link">
              {order.items.map(({ quantity, name }) => `${quantity} × ${name}`).join(', ')}
            </Link>
            <br />
            <span className="soft small">{formatMoment(order.createdAt)}</span>
          </span>
          <span className="account-end">
            <span className="digits">{formatPrice(order.amount, order.currency)}</span>
            <Badge tone={badgeOf(order).tone}>{badgeOf(order).word}</Badge>
          </span>
        </li>
      )}
    </PageList>
  );
}
