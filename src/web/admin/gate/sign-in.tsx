import { PageTitle } from '../../kit/layout/page-title.tsx';
import { Card } from '../../kit/ui/card.tsx';
import { SignInForm } from '../../session/identity/sign-in-form.tsx';

/** The sign-in page of the control room. */
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
