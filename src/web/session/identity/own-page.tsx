import { Fragment, type ReactNode } from 'react';
import { useSession } from '../services.ts';
import { WayIn } from './way-in.tsx';

/** A page of whoever is signed in: nobody is asked to sign in, somebody else begins it anew. */
export function OwnPage({ title, children }: { title: string; children: ReactNode }) {
  const buyer = useSession()?.user.id;
  if (buyer === undefined) return <WayIn title={title} />;
  return <Fragment key={buyer}>{children}</Fragment>;
}
