import { Outlet } from 'react-router';
import { useSession } from '../../session/services.ts';
import { NotYours } from './not-yours.tsx';
import { SignIn } from './sign-in.tsx';
import { useAdmin } from './use-admin.ts';

/**
 * Lets admins through. It only spares others a page of refusals: what may be done is decided by the
 * API at every call.
 */
export function Gate() {
  const session = useSession();
  const admin = useAdmin();
  if (session === undefined) return <SignIn />;
  return admin === undefined ? <NotYours email={session.user.email} /> : <Outlet />;
}
