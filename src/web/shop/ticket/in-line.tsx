import { useEffect } from 'react';
import type { SaleView } from '../../../api/schemas/sale.ts';
import type { TicketView } from '../../../api/schemas/ticket.ts';
import { formatNumber } from '../../kit/format.ts';
import { PageTitle } from '../../kit/layout/page-title.tsx';
import { Announcement } from '../../kit/ui/announcement.tsx';
import { Notice } from '../../kit/ui/notice.tsx';
import { LeaveLine } from './leave-line.tsx';
import { LineDots } from './line-dots.tsx';
import { placeInWords, spokenPlace, waitInWords } from './place-words.ts';

/** A ticket that is still in line. */
export function InLine({ ticket, sale }: { ticket: TicketView; sale: SaleView | undefined }) {
  const { ahead, outlook } = ticket;
  useEffect(() => {
    document.title = `${ahead === undefined ? 'In line' : placeInWords(ahead)} · Fairline`;
  }, [ahead]);
  return (
    <>
      <p className="sale-name">{sale?.name}</p>
      {ahead === undefined || ahead === 0 ? null : (
        <p className="ticket-number digits" aria-hidden="true">
          {formatNumber(ahead)}
        </p>
      )}
      <PageTitle title="Your place in line">{headingOf(ahead)}</PageTitle>
      <LineDots ahead={ahead ?? 0} />
      <Announcement>{spokenPlace(ahead)}</Announcement>
      {outlook === 'none' ? (
        <Notice tone="caution" title="It is already certain that nothing will be left for you.">
          We would rather tell you at once than keep you waiting. You can stay to the end, or leave.
        </Notice>
      ) : (
        <p className="lead">{waitInWords(ticket) ?? 'It is too early to say how long it takes.'}</p>
      )}
      {outlook === 'unlikely' ? (
        <Notice tone="caution" title="It is unlikely that something is left for you.">
          Too little is left of what you want. At your turn you get a place on the waitlist, while
          it has room: a refund or more units from the seller are offered there, in line order.
        </Notice>
      ) : null}
      <p>
        <strong>You can close this page: your place is kept.</strong> Open the shop again in this
        browser, and it is there.
      </p>
      <LeaveLine ticket={ticket} what="the line" />
    </>
  );
}

function headingOf(ahead: number | undefined): string {
  if (ahead === undefined || ahead === 0) return placeInWords(ahead);
  return ahead === 1 ? 'person ahead of you' : 'people ahead of you';
}
