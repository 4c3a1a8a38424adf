import './way-in.css';
import { useState } from 'react';
import { PageTitle } from '../../kit/layout/page-title.tsx';
import { Card } from '../../kit/ui/card.tsx';
import { useConfig } from '../use-config.ts';
import { IdentityForm, type Way } from './identity-dialog.tsx';

/**
 * Shown to users who are not signed in.
 *
 * @param title of the page that was asked for; omitted on the sign-in page itself
 */
export function WayIn({ title }: { title?: string }) {
  const guestsAllowed = useConfig().data?.allowGuests ?? true;
  const [way, setWay] = useState<Exclude<Way, 'guest'>>('sign-in');
  const isSignIn = way === 'sign-in';
  return (
    <div className="stack narrow way-in">
      <PageTitle>{title ?? (isSignIn ? 'Sign in' : 'Make an account')}</PageTitle>
      {title === undefined ? null : (
        <p className="lead">You are not signed in. Sign in to see what is yours.</p>
      )}
      {title === undefined && guestsAllowed ? (
        <p className="lead">You need none of this to buy: an e-mail address is enough.</p>
      ) : null}
      <Card>
        <IdentityForm
          way={way}
          forWhat={isSignIn ? 'Sign in' : 'Make the account'}
          onDone={() => undefined}
        />
      </Card>
      <div>
        <button
          type="button"
          className="link-button"
          onClick={() => setWay(isSignIn ? 'register' : 'sign-in')}
        >
          {isSignIn ? 'I have no account yet' : 'I have an account'}
        </button>
      </div>
    </div>
  );
}
