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
            <Badge tone={STATUS[order.status].tone}>{STATUS[order.status].word}</Badge>
          </span>
        </li>
      )}
    </PageList>
  );
}
