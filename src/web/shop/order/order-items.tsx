import type { OrderView } from '../../../api/schemas/order.ts';
import { formatPrice } from '../../../domain/price.ts';

/** The items of an order and its total. */
export function OrderItems({ order }: { order: Pick<OrderView, 'items' | 'amount' | 'currency'> }) {
  const { items, amount, currency } = order;
  return (
    <dl className="order-items digits">
      {items.map((item) => (
        <div key={item.productId}>
          <dt>
            {item.quantity} × {item.name}
          </dt>
          <dd>{formatPrice(item.quantity * item.amount, currency)}</dd>
        </div>
      ))}
      <div className="order-total">
        <dt>Total</dt>
        <dd>{formatPrice(amount, currency)}</dd>
      </div>
    </dl>
  );
}
