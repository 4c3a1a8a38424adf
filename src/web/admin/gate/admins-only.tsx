import { PageTitle } from '../../kit/layout/page-title.tsx';
import { Button, ButtonLink } from '../../kit/ui/button.tsx';
import { useServices } from '../../session/services.ts';

/** Shown to a signed-in user who is not an admin. */
export function AdminsOnly({ email }: { email: string | null }) {
  const { session } = useServices();
  return (
    <div className="stack narrow">
      <PageTitle>Admins only</PageTitle>
      <p className="lead">
        This page is for the people who run the sales. You are signed in as {email ?? 'a guest'}.
      </p>
      <div className="row">
        <ButtonLink to="/">Back to the sales</ButtonLink>
        <Button look="quiet" onClick={() => void session.signOut()}>
          Sign in with another account
        </Button>
      </div>
    </div>
  );
}
