import { Link } from 'react-router';
import type { WantedItem } from '../../browser/attempts.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { Button } from '../../kit/ui/button.tsx';
import { useToast } from '../../kit/ui/toast.tsx';
import { useSession } from '../../session/services.ts';
import { useCart, useSetCart } from './use-cart.ts';

interface Chosen {
  readonly saleId: string;
  readonly items: readonly WantedItem[];
}

/** Adds the selection to the cart of the sale, for signed-in users including guests. */
export function AddToCart(props: Chosen) {
  const buyer = useSession()?.user.id;
  return buyer === undefined ? null : <Add key={buyer} {...props} />;
}

function Add({ saleId, items }: Chosen) {
  const { data: cart } = useCart(saleId);
  const { mutate, isPending, error } = useSetCart(saleId);
  const say = useToast();
  const units = cart?.items.reduce((sum, { quantity }) => sum + quantity, 0) ?? 0;
  return (
    <>
      <div className="row-apart">
        <Button
          look="quiet"
          busy={isPending}
          onClick={() => mutate(items, { onSuccess: () => say('Added to your cart.') })}
        >
          Add to the cart
        </Button>
        {units === 0 ? null : (
          <Link to={`/sales/${saleId}/cart`} className="small">
            Your cart ({units})
          </Link>
        )}
      </div>
      {error === null ? null : <ProblemNotice error={error} />}
    </>
  );
}
