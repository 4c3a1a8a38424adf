import { useLiveSale } from '../../client/sale/use-live-sale.ts';
import { useServerNow } from '../../kit/clock/use-server-now.ts';
import { ButtonLink, type ButtonLook } from '../../kit/ui/button.tsx';
import { useServices } from '../../session/services.ts';
import { stateAt, takesTickets } from '../buy/sale-state.ts';

/** A link back to the sale, labelled "Try again" as soon as that can help. */
export function BackToSale({ saleId, look = 'primary' }: { saleId: string; look?: ButtonLook }) {
  const { open } = useServices();
  const { data: sale } = useLiveSale(open, saleId);
  const now = useServerNow();
  const canTry = sale !== undefined && takesTickets(stateAt(sale, now));
  return (
    <ButtonLink to={`/sales/${saleId}`} look={look}>
      {canTry ? 'Try again' : 'Back to the sale'}
    </ButtonLink>
  );
}
