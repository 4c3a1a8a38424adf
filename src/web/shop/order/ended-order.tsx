import type { OrderView } from '../../../api/schemas/order.ts';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { PageTitle } from '../../kit/layout/page-title.tsx';
import { ButtonLink } from '../../kit/ui/button.tsx';
import { Card } from '../../kit/ui/card.tsx';
import { Notice } from '../../kit/ui/notice.tsx';
import { BackToSale } from '../sale/back-to-sale.tsx';
import { OrderItems } from './order-items.tsx';
import { paymentOf } from './use-order.ts';

type Ended = Exclude<OrderView['status'], 'held' | 'paid'>;

const WORDS: Record<Ended, { title: string; help: string }> = {
  expired: {
    title: 'The time to pay has run out.',
    help: 'It was not paid in time. Others can have it now. Nothing was charged.',
  },
  cancelled: {
    title: 'You gave it back.',
    help: 'Others can have it now. Nothing was charged.',
  },
  refunded: {
    title: 'Your money is on its way back.',
    help: 'This order was refunded. It can take a few days to appear on your account.',
  },
};

/** The same for an order that costs nothing. */
const FREE_WORDS: typeof WORDS = {
  expired: {
    title: 'The time to confirm has run out.',
    help: 'It was not confirmed in time. Others can have it now.',
  },
  cancelled: { title: 'You gave it back.', help: 'Others can have it now.' },
  refunded: {
    title: 'It was taken back.',
    help: 'The seller has taken this order back. Nothing was charged.',
  },
};

/** An order that ended without a sale: what happened, and what to do next. */
export function EndedOrder(props: {
  order: OrderView & { status: Ended };
  sale: SaleView | undefined;
}) {
  const { order, sale } = props;
  const { title, help } = (order.amount === 0 ? FREE_WORDS : WORDS)[order.status];
  const payment = order.status === 'refunded' ? 'none' : paymentOf(order);
  return (
    <>
      <p className="sale-name">{sale?.name}</p>
      <PageTitle>{title}</PageTitle>
      <p className="lead" role="status">
        {payment === 'none' ? help : 'It was not paid in time. Others can have it now.'}
      </p>
      {payment === 'returning' || payment === 'returned' ? (
        <Notice tone="caution" title="Your payment came too late, and goes back to you.">
          All of it. It can take a few days to appear on your account.
        </Notice>
      ) : null}
      <Card className="stack">
        <OrderItems order={order} />
        <p className="soft small">
          Order <code className="order-number">{order.id}</code>
        </p>
      </Card>
      <div className="row">
        <BackToSale saleId={order.saleId} />
        <ButtonLink to="/" look="quiet">
          Other sales
        </ButtonLink>
      </div>
    </>
  );
}
