import './account.css';
import { useState } from 'react';
import { PageTitle } from '../../kit/layout/page-title.tsx';
import { Button, ButtonLink } from '../../kit/ui/button.tsx';
import { ConfirmDialog } from '../../kit/ui/confirm-dialog.tsx';
import { Notice } from '../../kit/ui/notice.tsx';
import { SignInPage } from '../../session/identity/sign-in-page.tsx';
import { useServices, useSession } from '../../session/services.ts';
import type { KeptSession } from '../../session/session.ts';
import { pathOf, useOpenPlaces } from '../../session/use-open-places.ts';
import { Orders } from './orders.tsx';
import { Tickets } from './tickets.tsx';

/** The current user's orders, open places and past tickets; or the sign-in page. */
export function Component() {
  const session = useSession();
  return session === undefined ? (
    <SignInPage />
  ) : (
    <Account key={session.user.id} session={session} />
  );
}

function Account({ session }: { session: KeptSession }) {
  const { user, guest } = session;
  return (
    <div className="account">
      <div className="row-apart">
        <div className="stack-tight">
          <PageTitle>Your orders</PageTitle>
          <p className="soft">{user.name ?? user.email ?? 'Signed in'}</p>
        </div>
        <SignOut guest={guest} />
      </div>
      {guest ? (
        <Notice tone="caution" title="You are signed in as a guest.">
          You can see your orders in this browser only, until you sign out.
        </Notice>
      ) : null}
      <OpenPlaces />
      <section className="stack">
        <h2>Orders</h2>
        <Orders />
      </section>
      <section className="stack">
        <h2>Places in line</h2>
        <Tickets />
      </section>
    </div>
  );
}

/** Guests are asked first: they cannot get back to these orders. */
function SignOut({ guest }: { guest: boolean }) {
  const { session } = useServices();
  const [isAsking, setAsking] = useState(false);
  return (
    <div>
      <Button look="quiet" onClick={() => (guest ? setAsking(true) : session.signOut())}>
        Sign out
      </Button>
      <ConfirmDialog
        open={isAsking}
        title="Sign out?"
        keep="Stay"
        confirm="Sign out"
        busy={false}
        onKeep={() => setAsking(false)}
        onConfirm={() => session.signOut()}
      >
        You will not see these orders here again.
      </ConfirmDialog>
    </div>
  );
}

function OpenPlaces() {
  const places = useOpenPlaces();
  if (places.length === 0) return null;
  return (
    <section className="stack">
      <h2>Still open</h2>
      <ul className="account-list">
        {places.map((place) => (
          <li key={place.ticketId} className="account-row">
            <span>
              <strong>{place.saleName}</strong>
              <br />
              {place.orderId === undefined ? 'You are in line.' : 'Held for you.'}
            </span>
            <ButtonLink to={pathOf(place)}>
              {place.orderId === undefined ? 'Your place' : 'Pay now'}
            </ButtonLink>
          </li>
        ))}
      </ul>
    </section>
  );
}
