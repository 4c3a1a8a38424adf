import './identity-dialog.css';
import { type ReactNode, useState } from 'react';
import { Dialog } from '../../kit/ui/dialog.tsx';
import type { KeptSession } from '../session.ts';
import { useConfig } from '../use-config.ts';
import { GuestForm } from './guest-form.tsx';
import { RegisterForm } from './register-form.tsx';
import { SignInForm } from './sign-in-form.tsx';

/** The ways to identify oneself. */
export type Way = 'guest' | 'sign-in' | 'register';

const TITLES: Record<Way, string> = {
  guest: 'Where should we send the confirmation?',
  'sign-in': 'Sign in',
  register: 'Create an account',
};

/**
 * Asks the user to identify themselves, the quickest way first, then continues with the interrupted
 * action.
 *
 * @param forWhat the name of that action
 */
export function IdentityDialog(props: {
  open: boolean;
  forWhat: string;
  onClose: () => void;
  onDone: (session: KeptSession) => void;
}) {
  const { open, forWhat, onClose, onDone } = props;
  const guestsAllowed = useConfig().data?.allowGuests ?? true;
  const [chosen, setChosen] = useState<Way>('guest');
  const way = chosen === 'guest' && !guestsAllowed ? 'sign-in' : chosen;
  return (
    <Dialog open={open} title={TITLES[way]} onClose={onClose}>
      <IdentityForm way={way} forWhat={forWhat} onDone={onDone} />
      <div className="identity-others">
        {way !== 'guest' && guestsAllowed ? (
          <Other onClick={() => setChosen('guest')}>Continue as a guest</Other>
        ) : null}
        {way !== 'sign-in' ? <Other onClick={() => setChosen('sign-in')}>Sign in</Other> : null}
        {way !== 'register' ? (
          <Other onClick={() => setChosen('register')}>Create an account</Other>
        ) : null}
      </div>
    </Dialog>
  );
}

/** The form for one way. */
export function IdentityForm(props: {
  way: Way;
  forWhat: string;
  onDone: (session: KeptSession) => void;
}) {
  switch (props.way) {
    case 'guest':
      return <GuestForm {...props} />;
    case 'sign-in':
      return <SignInForm {...props} />;
    case 'register':
      return <RegisterForm {...props} />;
  }
}

function Other({ children, onClick }: { children: ReactNode; onClick: () => void }) {
  return (
    <button type="button" className="link-button" onClick={onClick}>
      {children}
    </button>
  );
}
