import { ProblemNotice } from '../../client/problem-notice.tsx';
import { Button } from '../../kit/ui/button.tsx';
import { Field } from '../../kit/ui/field.tsx';
import { useServices } from '../services.ts';
import { type IdentityFormProps, useIdentity } from './use-identity.ts';

/** For users with an account. */
export function SignInForm({ forWhat, onDone }: IdentityFormProps) {
  const { session } = useServices();
  const { mutation, onSubmit } = useIdentity(
    ({ email = '', password = '' }) => session.signIn(email.trim(), password),
    onDone,
  );
  return (
    <form className="stack" onSubmit={onSubmit}>
      <Field label="E-mail" name="email" type="email" autoComplete="username" required />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
      />
      <ProblemNotice error={mutation.error} />
      <Button type="submit" size="l" wide busy={mutation.isPending}>
        {forWhat}
      </Button>
    </form>
  );
}
