import { useRouteError } from 'react-router';
import { wordsFor } from './client/problem-words.ts';
import { PageTitle } from './kit/layout/page-title.tsx';
import { Button, ButtonLink } from './kit/ui/button.tsx';

/** Shown when a page fails or cannot be loaded. */
export function ErrorPage() {
  const { title, help } = wordsFor(useRouteError());
  return (
    <div className="page">
      <div className="stack narrow" role="alert">
        <PageTitle>{title}</PageTitle>
        <p className="lead">{help}</p>
        <div className="row">
          <Button onClick={() => location.reload()}>Reload</Button>
          <ButtonLink to="/" look="quiet">
            All sales
          </ButtonLink>
        </div>
      </div>
    </div>
  );
}
