import { SignInForm } from '../../identity/sign-in-form.tsx';
import { PageTitle } from '../../layout/page-title.tsx';
import { Card } from '../../ui/card.tsx';

/** The door of the control room. */
export function SignIn() {
  return (
    <div className="stack narrow">
      <PageTitle>Control room</PageTitle>
      <p className="lead">Sign in with the account that runs the sales.</p>
      <Card>
        <SignInForm forWhat="Sign in" onDone={() => undefined} />
      </Card>
    </div>
  );
}
