import { ProblemNotice } from '../../client/problem-notice.tsx';
import { Button } from '../../kit/ui/button.tsx';
import { Field } from '../../kit/ui/field.tsx';
import { useServices } from '../services.ts';
import { type IdentityFormProps, useIdentity } from './use-identity.ts';

/** Guest access with only an e-mail address. */
export function GuestForm({ forWhat, onDone }: IdentityFormProps) {
  const { session } = useServices();
  const { mutation, onSubmit } = useIdentity(
    ({ email = '' }) => session.signInAsGuest(email.trim()),
    onDone,
  );
  return (
    <form className="stack" onSubmit={onSubmit}>
      <Field
        label="E-mail"
        name="email"
        type="email"
        autoComplete="email"
        inputMode="email"
        required
        hint="For the confirmation. No account, no password."
      />
      <ProblemNotice error={mutation.error} />
      <Button type="submit" size="l" wide busy={mutation.isPending}>
        {forWhat}
      </Button>
    </form>
  );
}
