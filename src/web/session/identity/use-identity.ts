import { useMutation } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import type { KeptSession } from '../session.ts';

/** What a form of identity gets: what goes on then, in words and as a call. */
export interface IdentityFormProps {
  readonly forWhat: string;
  readonly onDone: (session: KeptSession) => void;
}

/**
 * Sends a form of identity.
 *
 * @param identify does it, with what was filled in by the names of the inputs
 */
export function useIdentity(
  identify: (given: Readonly<Record<string, string>>) => Promise<KeptSession>,
  onDone: (session: KeptSession) => void,
) {
  const mutation = useMutation({ mutationFn: identify, onSuccess: onDone });
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (mutation.isPending) return;
    const given = new FormData(event.currentTarget);
    mutation.mutate(Object.fromEntries(Array.from(given, ([name, text]) => [name, String(text)])));
  };
  return { mutation, onSubmit };
}
