import { Outlet } from 'react-router';
import { useSession } from '../../session/services.ts';
import { AdminsOnly } from './admins-only.tsx';
import { SignIn } from './sign-in.tsx';
import { useAdmin } from './use-admin.ts';

/**
 * Admits admins only. This merely spares others a page of errors: the API authorizes every call.
 */
export function Gate() {
  const session = useSession();
  const admin = useAdmin();
  if (session === undefined) return <SignIn />;
  return admin === undefined ? <AdminsOnly email={session.user.email} /> : <Outlet />;
}
