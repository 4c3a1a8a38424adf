import './ticket.css';
import { useEffect } from 'react';
import { Navigate, useParams } from 'react-router';
import type { TicketView } from '../../../api/schemas/ticket.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { PageSkeleton } from '../../kit/layout/page-skeleton.tsx';
import { PageTitle } from '../../kit/layout/page-title.tsx';
import { ButtonLink } from '../../kit/ui/button.tsx';
import { SignedInPage } from '../../session/identity/signed-in-page.tsx';
import { useServices, useSession } from '../../session/services.ts';
import { useSaleOf } from '../sale/use-sale-of.ts';
import { InLine } from './in-line.tsx';
import { NotWon } from './not-won.tsx';
import { OnWaitlist } from './on-waitlist.tsx';
import { SaveReceipt } from './save-receipt.tsx';
import { useTicket } from './use-ticket.ts';

/** A place in line: its progress, the decision, and the next step. */
export function Component() {
  return (
    <SignedInPage title="A place in line">
      <TicketPage />
    </SignedInPage>
  );
}

function TicketPage() {
  const { ticketId = '' } = useParams();
  const { data: ticket, error, failureReason } = useTicket(ticketId);
  useRemembered(ticketId, ticket);
  if (ticket === undefined) {
    return failureReason === null ? (
      <PageSkeleton />
    ) : (
      <NoTicket error={error ?? failureReason} retrying={error === null} />
    );
  }
  if (ticket.order !== undefined) return <Navigate to={`/orders/${ticket.order.id}`} replace />;
  return (
    <div className="ticket narrow">
      <Ticket ticket={{ ...ticket, ticketId }} />
      <SaveReceipt ticketId={ticketId} saleId={ticket.saleId} />
      {failureReason === null ? null : <ProblemNotice error={failureReason} retrying />}
    </div>
  );
}

function Ticket({ ticket }: { ticket: TicketView }) {
  const sale = useSaleOf(ticket.saleId);
  if (ticket.status === 'queued') return <InLine ticket={ticket} sale={sale} />;
  if (ticket.status === 'waitlisted') return <OnWaitlist ticket={ticket} sale={sale} />;
  return <NotWon ticket={ticket} sale={sale} />;
}

function NoTicket({ error, retrying }: { error: unknown; retrying: boolean }) {
  return (
    <div className="stack narrow">
      <PageTitle>A place in line</PageTitle>
      <ProblemNotice error={error} retrying={retrying} />
      <div className="row">
        <ButtonLink to="/account">Sign in</ButtonLink>
        <ButtonLink to="/" look="quiet">
          All sales
        </ButtonLink>
      </div>
    </div>
  );
}

/** Stores the place in this browser while its ticket is open. */
function useRemembered(ticketId: string, ticket: TicketView | undefined): void {
  const { places } = useServices();
  const buyer = useSession()?.user.id;
  const saleName = useSaleOf(ticket?.saleId)?.name;
  useEffect(() => {
    if (ticket === undefined || buyer === undefined || saleName === undefined) return;
    places.note({ ticketId, saleId: ticket.saleId, saleName, buyer }, ticket);
  }, [places, ticketId, ticket, buyer, saleName]);
}
