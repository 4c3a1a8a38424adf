import { useMutation } from '@tanstack/react-query';
import { problemOf } from '../client/problem.ts';
import { wordsFor } from '../client/problem-words.ts';
import { useToast } from '../kit/ui/toast.tsx';
import { useServices } from '../session/services.ts';

/**
 * Opens the queue dashboard. The API serves it and needs a session cookie first: a plain page load
 * sends no bearer token.
 */
export function QueuesLink() {
  const { own } = useServices();
  const toast = useToast();
  const open = useMutation({
    mutationFn: async () => {
      const response = await own.admin.queues.session.$post();
      // Hono's client types its response as a subset of `Response`, which it is at run time.
      if (!response.ok) throw await problemOf(response as unknown as Response);
    },
    onSuccess: () => location.assign('/admin/queues'),
    onError: (error) => toast(wordsFor(error).title),
  });
  return (
    <button type="button" className="header-link" onClick={() => open.mutate()}>
      Queues
    </button>
  );
}
