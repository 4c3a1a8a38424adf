import { useMutation } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import type { KeptSession } from '../session.ts';

/** The props of an identity form: the next action, as a label and as a callback. */
export interface IdentityFormProps {
  readonly forWhat: string;
  readonly onDone: (session: KeptSession) => void;
}

/**
 * Submits an identity form.
 *
 * @param identify makes the call with the values of the inputs, by name
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
