import './cart.css';
import { useParams } from 'react-router';
import type { CartView } from '../../../api/schemas/cart.ts';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { formatPrice } from '../../../domain/price.ts';
import type { WantedItem } from '../../browser/attempts.ts';
import { isTransient } from '../../client/problem.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { useLiveSale } from '../../client/sale/use-live-sale.ts';
import { useServerNow } from '../../kit/clock/use-server-now.ts';
import { formatNumber } from '../../kit/format.ts';
import { PageSkeleton } from '../../kit/layout/page-skeleton.tsx';
import { PageTitle } from '../../kit/layout/page-title.tsx';
import { Button, ButtonLink } from '../../kit/ui/button.tsx';
import { Stepper } from '../../kit/ui/stepper.tsx';
import { SignedInPage } from '../../session/identity/signed-in-page.tsx';
import { useServices, useSession } from '../../session/services.ts';
import { stateAt, takesTickets } from '../buy/sale-state.ts';
import { Unfinished } from '../buy/unfinished.tsx';
import { useBuy } from '../buy/use-buy.ts';
import { useCart, useSetCart } from './use-cart.ts';

/** The cart of a sale: its contents, and one place in line for all of them. */
export function Component() {
  return (
    <SignedInPage title="Your cart">
      <CartPage />
    </SignedInPage>
  );
}

function CartPage() {
  const { saleId = '' } = useParams();
  const { open } = useServices();
  const { data: sale } = useLiveSale(open, saleId);
  const { data: cart, error, failureReason, isPending } = useCart(saleId);
  const session = useSession();
  if (session === undefined || cart === undefined || sale === undefined) {
    if (failureReason === null || isPending) return <PageSkeleton />;
    return <ProblemNotice error={error ?? failureReason} retrying={error === null} />;
  }
  return <Cart cart={cart} sale={sale} buyer={session.user.id} />;
}

function Cart({ cart, sale, buyer }: { cart: CartView; sale: SaleView; buyer: string }) {
  const { buy, mutation, unfinished, resume, drop } = useBuy(sale);
  const change = useSetCart(sale.id);
  const state = stateAt(sale, useServerNow());
  const units = cart.items.reduce((sum, { quantity }) => sum + quantity, 0);
  const isTrying = mutation.isPending || unfinished !== undefined;
  // A checkout empties the cart, perhaps before its answer arrives.
  if (cart.items.length === 0 && !isTrying) return <Nothing saleId={sale.id} />;
  const isOverLimit = units > sale.perBuyerLimit;
  return (
    <div className="cart narrow">
      <p className="sale-name">{sale.name}</p>
      <PageTitle>Your cart</PageTitle>
      <p className="soft">
        A cart reserves nothing: what you get is decided in line. You get all of it, or nothing.
      </p>
      <ul className="cart-list">
        {cart.items.map(({ productId, name, quantity, amount, available }) => (
          <li key={productId} className="cart-row">
            <span>
              <strong>{name}</strong>
              <br />
              <span className="soft small digits">
                {formatPrice(amount, cart.currency)}
                {amount === 0 ? '' : ' each'}, {formatNumber(available)} left
              </span>
            </span>
            <Stepper
              label={name}
              value={quantity}
              max={Math.max(quantity, sale.perBuyerLimit - units + quantity)}
              disabled={change.isPending || mutation.isPending}
              onChange={(wanted) => change.mutate([{ productId, quantity: wanted }])}
            />
          </li>
        ))}
      </ul>
      <p className="row-apart cart-total digits">
        <span>Total</span>
        <span>{formatPrice(cart.amount, cart.currency)}</span>
      </p>
      <ProblemNotice
        error={change.error ?? mutation.error ?? mutation.failureReason}
        retrying={mutation.isPending || isTransient(mutation.error)}
      />
      <Unfinished attempt={unfinished} sale={sale} onResume={resume} onDrop={drop} />
      {isOverLimit ? (
        <p role="status">Each buyer can have at most {formatNumber(sale.perBuyerLimit)}.</p>
      ) : null}
      <Button
        size="l"
        wide
        busy={mutation.isPending}
        disabled={units === 0 || isOverLimit || !takesTickets(state)}
        onClick={() => buy({ buyer, items: wantedOf(cart), fromCart: true })}
      >
        {mutation.isPending ? 'Taking your place …' : labelOf(cart)}
      </Button>
      <div>
        <ButtonLink to={`/sales/${sale.id}`} look="quiet">
          Back to the sale
        </ButtonLink>
      </div>
    </div>
  );
}

function labelOf({ amount, currency }: CartView): string {
  return amount === 0 ? 'Get all for free' : `Buy all for ${formatPrice(amount, currency)}`;
}

function wantedOf({ items }: CartView): WantedItem[] {
  return items.map(({ productId, quantity }) => ({ productId, quantity }));
}

function Nothing({ saleId }: { saleId: string }) {
  return (
    <div className="stack narrow">
      <PageTitle>Your cart</PageTitle>
      <p className="lead">It is empty.</p>
      <div>
        <ButtonLink to={`/sales/${saleId}`}>To the sale</ButtonLink>
      </div>
    </div>
  );
}
