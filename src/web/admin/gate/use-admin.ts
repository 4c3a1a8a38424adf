import { useSession } from '../../session/services.ts';

/** The signed-in admin; undefined for any other user. */
export function useAdmin() {
  const session = useSession();
  return session?.user.role === 'admin' ? session.user : undefined;
}
