import type { SaleView } from '../../../api/schemas/sale.ts';
import type { TicketView } from '../../../api/schemas/ticket.ts';
import { counted } from '../../kit/format.ts';
import { PageTitle } from '../../kit/layout/page-title.tsx';
import { Announcement } from '../../kit/ui/announcement.tsx';
import { Badge } from '../../kit/ui/badge.tsx';
import { Notice } from '../../kit/ui/notice.tsx';
import { LeaveLine } from './leave-line.tsx';
import { LineDots } from './line-dots.tsx';
import { placeInWords, spokenPlace } from './place-words.ts';

/** A ticket on the waitlist: what it wants is held or sold, and may come back. */
export function OnWaitlist({ ticket, sale }: { ticket: TicketView; sale: SaleView | undefined }) {
  const { ahead, unitsHeld, lineNumber, outlook } = ticket;
  return (
    <>
      <p className="sale-name">{sale?.name}</p>
      <div>
        <Badge tone="caution">Waitlist</Badge>
      </div>
      <PageTitle title="Your place on the waitlist">
        {ahead === 0 ? 'You are next on the waitlist' : placeInWords(ahead)}
      </PageTitle>
      <LineDots ahead={ahead ?? 0} />
      <Announcement>{spokenPlace(ahead)}</Announcement>
      <div role="status">
        {outlook === 'unlikely' ? (
          <Notice tone="caution" title="It is unlikely that something comes back for you.">
            Too little is left of what you want, and {unitsHeld ? 'too little' : 'nothing'} is held
            that could come back. Only a refund or more units from the seller can change that.
            Whatever comes back is offered in line order, until the sale ends. You can stay, or
            leave.
          </Notice>
        ) : null}
      </div>
      {outlook === 'unlikely' ? null : (
        <p className="lead">
          {unitsHeld === undefined || unitsHeld === 0
            ? 'Everything is held by others right now.'
            : `${counted(unitsHeld, 'unit is', 'units are')} held by others right now.`}{' '}
          What they do not pay in time comes back, and is offered in line order.
        </p>
      )}
      <p>
        <strong>There is nothing you need to do.</strong> When it is your turn, this page takes you
        to the payment, and we send you an e-mail. You can close it: your place is kept.
      </p>
      {lineNumber === undefined ? null : (
        <p className="soft small digits">Your number in line was {lineNumber}.</p>
      )}
      <LeaveLine ticket={ticket} what="the waitlist" />
    </>
  );
}
