import { PageTitle } from '../layout/page-title.tsx';

/** All sales: live, upcoming, over. */
export function Component() {
  return <PageTitle title="Sales">First come, first served. Really.</PageTitle>;
}
