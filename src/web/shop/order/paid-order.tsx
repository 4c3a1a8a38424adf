import { useEffect } from 'react';
import type { OrderView } from '../../../api/schemas/order.ts';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { formatMoney } from '../../../domain/price.ts';
import { formatInZone } from '../../kit/format.ts';
import { PageTitle } from '../../kit/layout/page-title.tsx';
import { ButtonLink } from '../../kit/ui/button.tsx';
import { Card } from '../../kit/ui/card.tsx';
import { useIsLinked, useSession } from '../../session/services.ts';
import { OrderItems } from './order-items.tsx';

/** A paid order. */
export function PaidOrder({ order, sale }: { order: OrderView; sale: SaleView | undefined }) {
  const done = order.amount === 0 ? 'confirmed' : 'paid';
  const session = useSession();
  // Whoever is signed in here need not be the buyer whose mail was opened.
  const email = useIsLinked(order.id) ? undefined : session?.user.email;
  // The buyer has scrolled down to the pay button, but this page starts at the top.
  useEffect(() => {
    window.scrollTo(0, 0);
  }, []);
  return (
    <>
      <svg className="paid-mark" viewBox="0 0 96 96" aria-hidden="true">
        <circle cx="48" cy="48" r="44" />
        <path d="M29 49.5l13 13 26-28" pathLength="1" />
      </svg>
      <p className="sale-name">{sale?.name}</p>
      <PageTitle>It is yours.</PageTitle>
      <p className="lead">
        {email == null ? (
          `Thank you. Your order is ${done}.`
        ) : (
          <>
            Thank you. A confirmation goes to <strong>{email}</strong>.
          </>
        )}
      </p>
      <Card className="stack">
        <OrderItems order={order} />
        {order.amountRefunded === undefined ? null : (
          <p>{formatMoney(order.amountRefunded, order.currency)} of it was refunded.</p>
        )}
        <p className="soft small">
          Order <code className="order-number">{order.id}</code>
          {order.paidAt === undefined || sale === undefined
            ? null
            : `, ${done} ${formatInZone(order.paidAt, sale.timeZone)}`}
        </p>
      </Card>
      <div className="row">
        <ButtonLink to="/account">Your orders</ButtonLink>
        <ButtonLink to="/" look="quiet">
          Other sales
        </ButtonLink>
      </div>
    </>
  );
}
