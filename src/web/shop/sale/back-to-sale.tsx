import { useServerNow } from '../../kit/clock/use-server-now.ts';
import { ButtonLink, type ButtonLook } from '../../kit/ui/button.tsx';
import { stateAt, takesTickets } from './sale-state.ts';
import { useLiveSale } from './use-live-sale.ts';

/** The way back to a sale: to try again as soon as that can help, else to look at it. */
export function BackToSale({ saleId, look = 'primary' }: { saleId: string; look?: ButtonLook }) {
  const { data: sale } = useLiveSale(saleId);
  const now = useServerNow();
  const canTry = sale !== undefined && takesTickets(stateAt(sale, now));
  return (
    <ButtonLink to={`/sales/${saleId}`} look={look}>
      {canTry ? 'Try again' : 'Back to the sale'}
    </ButtonLink>
  );
}
