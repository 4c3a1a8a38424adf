import { ButtonLink } from '../ui/button.tsx';
import { PageTitle } from './page-title.tsx';

/** For an unknown address. */
export function NotFound() {
  return (
    <div className="stack narrow">
      <PageTitle>Nothing here</PageTitle>
      <p className="lead">This address leads nowhere. Perhaps a letter got lost.</p>
      <div>
        <ButtonLink to="/">All sales</ButtonLink>
      </div>
    </div>
  );
}
