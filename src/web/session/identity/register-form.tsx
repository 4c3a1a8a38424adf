import { PASSWORD_LENGTH } from '../../../domain/account.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { Button } from '../../kit/ui/button.tsx';
import { Field } from '../../kit/ui/field.tsx';
import { useServices } from '../services.ts';
import { type IdentityFormProps, useIdentity } from './use-identity.ts';

/** Creates an account, which makes orders visible on every device. */
export function RegisterForm({ forWhat, onDone }: IdentityFormProps) {
  const { session } = useServices();
  const { mutation, onSubmit } = useIdentity(
    ({ email = '', password = '', name = '' }) =>
      session.register(email.trim(), password, name.trim()),
    onDone,
  );
  return (
    <form className="stack" onSubmit={onSubmit}>
      <Field label="Name (optional)" name="name" autoComplete="name" maxLength={200} />
      <Field label="E-mail" name="email" type="email" autoComplete="email" required />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        minLength={PASSWORD_LENGTH.min}
        maxLength={PASSWORD_LENGTH.max}
        required
        hint={`At least ${PASSWORD_LENGTH.min} characters.`}
      />
      <ProblemNotice error={mutation.error} />
      <Button type="submit" size="l" wide busy={mutation.isPending}>
        {forWhat}
      </Button>
    </form>
  );
}
