import './sign-in-page.css';
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
export function SignInPage({ title }: { title?: string }) {
  const guestsAllowed = useConfig().data?.allowGuests ?? true;
  const [way, setWay] = useState<Exclude<Way, 'guest'>>('sign-in');
  const isSignIn = way === 'sign-in';
  return (
    <div className="stack narrow sign-in-page">
      <PageTitle>{title ?? (isSignIn ? 'Sign in' : 'Create an account')}</PageTitle>
      {title === undefined ? null : (
        <p className="lead">You are not signed in. Sign in to see this page.</p>
      )}
      {title === undefined && guestsAllowed ? (
        <p className="lead">You do not need an account to buy: an e-mail address is enough.</p>
      ) : null}
      <Card>
        <IdentityForm
          way={way}
          forWhat={isSignIn ? 'Sign in' : 'Create the account'}
          onDone={() => undefined}
        />
      </Card>
      <div>
        <button
          type="button"
          className="link-button"
          onClick={() => setWay(isSignIn ? 'register' : 'sign-in')}
        >
          {isSignIn ? 'I do not have an account yet' : 'I have an account'}
        </button>
      </div>
    </div>
  );
}
