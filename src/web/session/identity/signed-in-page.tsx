import { Fragment, type ReactNode } from 'react';
import { useSession } from '../services.ts';
import { SignInPage } from './sign-in-page.tsx';

/** A page for signed-in users: others are asked to sign in, and a change of user remounts it. */
export function SignedInPage({ title, children }: { title: string; children: ReactNode }) {
  const buyer = useSession()?.user.id;
  if (buyer === undefined) return <SignInPage title={title} />;
  return <Fragment key={buyer}>{children}</Fragment>;
}
