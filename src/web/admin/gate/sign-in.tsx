import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { PageTitle } from '../../layout/page-title.tsx';
import { useServices } from '../../services.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { ProblemNotice } from '../../ui/notice.tsx';

/** The door of the control room. */
export function SignIn() {
  const { session } = useServices();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useMutation({ mutationFn: () => session.signIn(email.trim(), password) });
  return (
    <div className="stack narrow">
      <PageTitle>Control room</PageTitle>
      <p className="lead">Sign in with the account that runs the sales.</p>
      <form
        className="card stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (!signIn.isPending) signIn.mutate();
        }}
      >
        <Field
          label="E-mail"
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <Field
          label="Password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <ProblemNotice error={signIn.error} retrying={signIn.isPending} />
        <Button type="submit" wide busy={signIn.isPending}>
          Sign in
        </Button>
      </form>
    </div>
  );
}
