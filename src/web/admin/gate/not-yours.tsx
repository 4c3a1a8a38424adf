import { PageTitle } from '../../kit/layout/page-title.tsx';
import { Button, ButtonLink } from '../../kit/ui/button.tsx';
import { useServices } from '../../session/services.ts';

/** Shown to a signed-in user who is not an admin. */
export function NotYours({ email }: { email: string | null }) {
  const { session } = useServices();
  return (
    <div className="stack narrow">
      <PageTitle>This room is not yours</PageTitle>
      <p className="lead">
        It is for the people who run the sales. You are here as {email ?? 'somebody else'}.
      </p>
      <div className="row">
        <ButtonLink to="/">Back to the sales</ButtonLink>
        <Button look="quiet" onClick={() => void session.signOut()}>
          Sign in as somebody else
        </Button>
      </div>
    </div>
  );
}
