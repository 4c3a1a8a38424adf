import { Link } from 'react-router';
import { PageTitle } from '../layout/page-title.tsx';

/** The control room, for whoever runs the sales. */
export function Component() {
  return (
    <main id="main" className="page">
      <PageTitle>Control room</PageTitle>
      <p className="lead">
        The control room is not here yet. <Link to="/">Back to the sales</Link>
      </p>
    </main>
  );
}
