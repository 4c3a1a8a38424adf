import { useState } from 'react';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { formatPrice } from '../../../domain/price.ts';
import { isTransient } from '../../client/problem.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { asClock } from '../../kit/clock/durations.ts';
import { useServerNow } from '../../kit/clock/use-server-now.ts';
import { counted } from '../../kit/format.ts';
import { Announcement } from '../../kit/ui/announcement.tsx';
import { Button } from '../../kit/ui/button.tsx';
import { Notice } from '../../kit/ui/notice.tsx';
import { IdentityDialog } from '../../session/identity/identity-dialog.tsx';
import { useSession } from '../../session/services.ts';
import type { BuyStep } from '../buy/ask-for-place.ts';
import { isOver, type SaleState, takesTickets, waits } from '../buy/sale-state.ts';
import { Unfinished } from '../buy/unfinished.tsx';
import { useBuy } from '../buy/use-buy.ts';
import { AddToCart } from '../cart/add-to-cart.tsx';
import { ProductRow } from './product-row.tsx';
import {
  choose,
  firstSelection,
  hasToWait,
  itemsOf,
  mostOf,
  totalsOf,
  unitsOf,
} from './selection.ts';

/** Product selection and the buy button: one ticket for the whole selection. */
export function BuyPanel({ sale, state }: { sale: SaleView; state: SaleState }) {
  const session = useSession();
  const [selection, setSelection] = useState(() => firstSelection(sale));
  const [isAsking, setAsking] = useState(false);
  const { buy, step, mutation, unfinished, resume, drop } = useBuy(sale);
  const units = unitsOf(selection);
  const totals = totalsOf(sale.products, selection);
  const items = itemsOf(selection);
  const buyNow = () => {
    if (session === undefined) setAsking(true);
    else buy({ buyer: session.user.id, items, fromCart: false });
  };
  const [total] = totals;
  const isOff = isOver(state) || state === 'all_held';
  const canBuy = takesTickets(state) && units > 0 && totals.length === 1;
  const isWaiting = waits(state) || (state === 'open' && hasToWait(sale, selection));
  const label = isWaiting && units > 0 ? 'Join the waitlist' : labelOf(state, units, total);
  return (
    <section className="buy-panel" aria-labelledby="what-there-is">
      <h2 id="what-there-is" className="hidden-visually">
        Products
      </h2>
      <ul className="product-list">
        {sale.products.map((product) => (
          <ProductRow
            key={product.id}
            product={product}
            quantity={selection[product.id] ?? 0}
            most={mostOf(sale, selection, product.id)}
            disabled={isOff || mutation.isPending}
            onChange={(quantity) => setSelection(choose(sale, selection, product.id, quantity))}
          />
        ))}
      </ul>
      <p className="soft small">{rulesOf(sale)}</p>
      <StateNotice state={state} />
      {totals.length > 1 ? (
        <Notice tone="caution" title="These are priced in several currencies.">
          Please buy them one currency at a time.
        </Notice>
      ) : null}
      <ProblemNotice
        error={mutation.error ?? (mutation.isPending ? mutation.failureReason : null)}
        retrying={mutation.isPending || isTransient(mutation.error)}
      />
      <Unfinished attempt={unfinished} sale={sale} onResume={resume} onDrop={drop} />
      <div className="buy-bar">
        <Button
          size="l"
          wide
          busy={mutation.isPending}
          disabled={!canBuy && !mutation.isPending}
          onClick={buyNow}
        >
          {mutation.isPending ? (
            stepInWords(step, mutation.isPaused)
          ) : state === 'upcoming' ? (
            <OpensIn at={sale.startsAt} />
          ) : (
            label
          )}
        </Button>
      </div>
      {takesTickets(state) && units > 0 ? <AddToCart saleId={sale.id} items={items} /> : null}
      <Announcement>{mutation.isPending ? stepInWords(step, mutation.isPaused) : ''}</Announcement>
      <IdentityDialog
        open={isAsking}
        forWhat={label}
        onClose={() => setAsking(false)}
        onDone={({ user }) => {
          setAsking(false);
          buy({ buyer: user.id, items, fromCart: false });
        }}
      />
    </section>
  );
}

function OpensIn({ at }: { at: string }) {
  const rest = Date.parse(at) - useServerNow();
  return <span className="digits">Opens in {asClock(rest)}</span>;
}

function StateNotice({ state }: { state: SaleState }) {
  return (
    <div role="status">
      {state === 'waitlist' ? (
        <Notice tone="caution" title="Everything is held right now.">
          What is not paid in time comes back, and is offered in line order. Join the waitlist to be
          asked first.
        </Notice>
      ) : null}
      {state === 'waitlist_only' ? (
        <Notice tone="caution" title="Everything is sold.">
          It is unlikely that something comes back: only if an order is refunded, or the seller adds
          more. It would be offered to the waitlist, in line order. You can join it at its end,
          while it has room.
        </Notice>
      ) : null}
      {state === 'all_held' ? (
        <Notice tone="caution" title="Everything is held right now.">
          Some of it may come back. Stay here: the button wakes up when it does.
        </Notice>
      ) : null}
      {state === 'sold_out' ? <Notice title="Everything is sold.">Thank you all.</Notice> : null}
      {state === 'closed' ? <Notice title="This sale is over." /> : null}
    </div>
  );
}

function labelOf(
  state: SaleState,
  units: number,
  total: { readonly amount: number; readonly currency: string } | undefined,
): string {
  if (state === 'closed') return 'Over';
  if (state === 'sold_out') return 'Sold out';
  if (state === 'all_held') return 'All held';
  if (units === 0) return 'Choose how many';
  if (total === undefined) return 'Buy';
  const { amount, currency } = total;
  return amount === 0 ? 'Get it for free' : `Buy for ${formatPrice(amount, currency)}`;
}

function stepInWords(step: BuyStep, isPaused: boolean): string {
  if (isPaused) return 'Waiting for the network …';
  return step === 'solving' ? 'Checking that you are not a robot …' : 'Taking your place …';
}

function rulesOf(sale: SaleView): string {
  const { perBuyerLimit, holdSeconds, offerSeconds, products } = sale;
  const offer =
    sale.waitlist && offerSeconds !== holdSeconds
      ? ` What is offered from the waitlist is held for ${timeInWords(offerSeconds)}.`
      : '';
  const all = products.length > 1 ? ' You get everything you choose, or nothing.' : '';
  const what = products.every(({ amount }) => amount === 0) ? 'confirm' : 'pay';
  const hold = `Then you have ${timeInWords(holdSeconds)} to ${what}.`;
  return `At most ${perBuyerLimit} per buyer. ${hold}${offer}${all}`;
}

function timeInWords(seconds: number): string {
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  const parts = [
    ...(minutes > 0 ? [counted(minutes, 'minute')] : []),
    ...(rest > 0 ? [counted(rest, 'second')] : []),
  ];
  return parts.join(' and ');
}
