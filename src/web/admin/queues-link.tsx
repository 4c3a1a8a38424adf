import { useMutation } from '@tanstack/react-query';
import { problemOf } from '../client/problem.ts';
import { wordsFor } from '../client/problem-words.ts';
import { useServices } from '../services.ts';
import { useToast } from '../ui/toast.tsx';

const PAGE = '/admin/queues';

/**
 * The way to the dashboard of the queues. The API draws it, so it takes a cookie for it first: a
 * page that is opened by its address sends no bearer token.
 */
export function QueuesLink() {
  const { session } = useServices();
  const toast = useToast();
  const open = useMutation({
    mutationFn: async () => {
      const token = await session.token();
      const response = await fetch('/api/admin/queues/session', {
        method: 'POST',
        headers: { authorization: `Bearer ${token ?? ''}` },
      });
      if (response.status === 404) return false;
      if (!response.ok) throw await problemOf(response);
      location.assign(PAGE);
      return true;
    },
    onSuccess: (isThere) => {
      if (!isThere) toast('This installation has no dashboard of its queues.');
    },
    onError: (error) => toast(wordsFor(error).title),
  });
  return (
    <button type="button" className="header-link" onClick={() => open.mutate()}>
      Queues
    </button>
  );
}
