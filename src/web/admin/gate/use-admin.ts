import { useSession } from '../../session/services.ts';

/** The admin who is signed in; undefined for everybody else. */
export function useAdmin() {
  const session = useSession();
  return session?.user.role === 'admin' ? session.user : undefined;
}
