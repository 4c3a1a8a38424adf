import { useState } from 'react';
import type { AdminOrderView } from '../../../api/schemas/order.ts';
import { formatMoney, formatPrice } from '../../../domain/price.ts';
import { Button } from '../../kit/ui/button.tsx';
import { DeliveryRow } from '../parts/delivery-row.tsx';
import { IdText } from '../parts/id-text.tsx';
import { When } from '../parts/when.tsx';
import { KEYS } from '../queries/keys.ts';
import { ContactDialog } from './contact-dialog.tsx';
import { disputeInWords, partsOf, paymentInWords, refundInWords } from './order-words.ts';
import { RefundDialog } from './refund-dialog.tsx';

/** Everything known about an order, and its refund. */
export function OrderDetails({ order }: { order: AdminOrderView }) {
  const [isRefunding, setIsRefunding] = useState(false);
  const [isCorrecting, setIsCorrecting] = useState(false);
  const { items, currency, payments = [], messages, dispute } = order;
  return (
    <div className="admin-order-details stack">
      <dl className="admin-order-facts">
        <Fact name="Order">
          <IdText>{order.id}</IdText>
        </Fact>
        <Fact name="Buyer">
          {order.name === undefined ? null : <p>{order.name}</p>}
          <IdText>{order.buyerId}</IdText>
        </Fact>
        <Fact name="E-mail">
          <p>{order.email ?? 'not known, or not kept any more'}</p>
          <Button look="quiet" onClick={() => setIsCorrecting(true)}>
            Correct the address
          </Button>
        </Fact>
        {order.status === 'held' ? (
          <Fact name="Held until">
            <When at={order.holdExpiresAt} />
          </Fact>
        ) : null}
        {order.paidAt === undefined ? null : (
          <Fact name="Paid">
            <When at={order.paidAt} />
          </Fact>
        )}
        {order.amountRefunded === undefined ? null : (
          <Fact name="Refunded">{formatMoney(order.amountRefunded, currency)}</Fact>
        )}
        {dispute === undefined ? null : (
          <Fact name="Disputed">
            {formatMoney(dispute.amount, dispute.currency)}, {disputeInWords(dispute)}
          </Fact>
        )}
        {dispute?.respondBy === undefined ? null : (
          <Fact name="Respond at Stripe until">
            <When at={dispute.respondBy} />
          </Fact>
        )}
        <Fact name="Ticket">
          <IdText>{order.ticketId}</IdText>
        </Fact>
      </dl>
      <ul className="stack-tight digits">
        {items.map(({ productId, quantity, name, amount, returned }) => (
          <li key={productId} className="row-apart">
            <span>
              {quantity} × {name}
              {returned === undefined ? null : (
                <span className="soft">, {returned} given back</span>
              )}
            </span>
            <span>{formatPrice(quantity * amount, currency)}</span>
          </li>
        ))}
      </ul>
      {payments.length === 0 ? null : (
        <section className="stack-tight">
          <h3>{payments.length === 1 ? 'Payment' : 'Payments'}</h3>
          {payments.map((payment) => (
            <div key={payment.paymentIntentId} className="stack-tight">
              <p>
                {formatPrice(payment.amount, payment.currency)}, {paymentInWords(payment)}{' '}
                <IdText>{payment.paymentIntentId}</IdText>
              </p>
              {partsOf(payment).map((refund, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: refunds are only ever added
                <p key={index} className="soft small">
                  {formatMoney(refund.amount, payment.currency)} {refundInWords(refund)},{' '}
                  <When at={refund.createdAt} />
                </p>
              ))}
            </div>
          ))}
        </section>
      )}
      {messages.length === 0 ? null : (
        <section className="stack-tight">
          <h3>Messages</h3>
          {messages.map((delivery) => (
            <DeliveryRow
              key={delivery.id}
              delivery={delivery}
              shownIn={KEYS.orders(order.saleId)}
            />
          ))}
        </section>
      )}
      {order.status === 'paid' ? (
        <div>
          <Button look="danger" onClick={() => setIsRefunding(true)}>
            {refundLabel(order)}
          </Button>
        </div>
      ) : null}
      <ContactDialog order={order} open={isCorrecting} onClose={() => setIsCorrecting(false)} />
      <RefundDialog order={order} open={isRefunding} onClose={() => setIsRefunding(false)} />
    </div>
  );
}

function refundLabel({ amount, amountRefunded }: AdminOrderView): string {
  if (amount === 0) return 'Take it back';
  return amountRefunded === undefined ? 'Refund' : 'Refund more';
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
