import type { AdminOrderView } from '../../../api/schemas/order.ts';
import { formatPrice } from '../../../domain/price.ts';
import { formatNumber } from '../../kit/format.ts';
import { Badge } from '../../kit/ui/badge.tsx';
import { When } from '../parts/when.tsx';
import { OrderDetails } from './order-details.tsx';
import { ORDER_WORDS } from './order-words.ts';

/** An order as one expandable row. */
export function OrderRow(props: {
  order: AdminOrderView;
  isOpen: boolean;
  onToggle: (isOpen: boolean) => void;
}) {
  const { order, isOpen, onToggle } = props;
  const { id, lineNumber, status, items, amount, currency, createdAt } = order;
  const { word, tone } = ORDER_WORDS[status];
  return (
    <li className="admin-order">
      <button
        type="button"
        className="admin-order-head digits"
        aria-expanded={isOpen}
        aria-controls={`order-${id}`}
        onClick={() => onToggle(!isOpen)}
      >
        <span className="admin-order-number">
          <span className="hidden-visually">Line number </span>
          {formatNumber(lineNumber)}
        </span>
        <span className="admin-order-what">
          {items.map(({ quantity, name }) => `${quantity} × ${name}`).join(', ')}
        </span>
        <span className="admin-order-when small soft">
          <When at={createdAt} />
        </span>
        <span className="admin-order-amount">{formatPrice(amount, currency)}</span>
        <span className="admin-order-state">
          <Badge tone={tone}>{word}</Badge>
        </span>
      </button>
      <div id={`order-${id}`} hidden={!isOpen}>
        {isOpen ? <OrderDetails order={order} /> : null}
      </div>
    </li>
  );
}
