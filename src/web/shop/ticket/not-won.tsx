import type { SaleView } from '../../../api/schemas/sale.ts';
import type { TicketView } from '../../../api/schemas/ticket.ts';
import { formatNumber } from '../../kit/format.ts';
import { PageTitle } from '../../kit/layout/page-title.tsx';
import { ButtonLink } from '../../kit/ui/button.tsx';
import { Card } from '../../kit/ui/card.tsx';
import { BackToSale } from '../sale/back-to-sale.tsx';
import { endingOf } from './place-words.ts';
import { useTicketHistory } from './use-ticket-history.ts';

/** A ticket that won no units: why, and what to do next. */
export function NotWon({ ticket, sale }: { ticket: TicketView; sale: SaleView | undefined }) {
  const history = useTicketHistory(ticket);
  const { title, help } = endingOf(ticket, sale);
  const explanation = history?.explanation ?? ticket.explanation;
  const { duplicateOf, lineNumber } = ticket;
  return (
    <>
      <p className="sale-name">{sale?.name}</p>
      <PageTitle>{title}</PageTitle>
      <p className="lead">{help}</p>
      {explanation === undefined && lineNumber === undefined ? null : (
        <Card className="stack">
          <h2 className="ticket-why">Why</h2>
          {explanation === undefined ? null : <p>{explanation}</p>}
          <Facts history={history} />
          {lineNumber === undefined || explanation !== undefined ? null : (
            <p className="soft small digits">Your number in line was {formatNumber(lineNumber)}.</p>
          )}
        </Card>
      )}
      <div className="row">
        {duplicateOf === undefined ? null : (
          <ButtonLink to={`/tickets/${duplicateOf}`}>Show the other one</ButtonLink>
        )}
        <BackToSale saleId={ticket.saleId} look={duplicateOf === undefined ? 'primary' : 'quiet'} />
        <ButtonLink to="/" look="quiet">
          Other sales
        </ButtonLink>
      </div>
    </>
  );
}

/** The stock at the ticket's turn. */
function Facts({ history }: { history: TicketView | undefined }) {
  // With a single product the explanation has said it already.
  if (history?.facts === undefined || history.facts.products.length < 2) return null;
  return (
    <dl className="facts">
      {history.facts.products.map(({ productId, name, wanted, total, gone }) => (
        <div key={productId}>
          <dt>{name}</dt>
          <dd className="digits">
            {formatNumber(gone)} of {formatNumber(total)} gone, you wanted {formatNumber(wanted)}
          </dd>
        </div>
      ))}
    </dl>
  );
}
