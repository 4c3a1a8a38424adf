import type { SaleView } from '../../../api/schemas/sale.ts';
import type { Attempt } from '../../browser/attempts.ts';
import { Button } from '../../kit/ui/button.tsx';
import { Notice } from '../../kit/ui/notice.tsx';
import { unfinishedInWords } from './unfinished-words.ts';

/** Asks about an old attempt: nothing is bought that the buyer may no longer want. */
export function Unfinished(props: {
  attempt: Attempt | undefined;
  sale: Pick<SaleView, 'products'>;
  onResume: (attempt: Attempt) => void;
  onDrop: (attempt: Attempt) => void;
}) {
  const { attempt, sale, onResume, onDrop } = props;
  return (
    <div role="status">
      {attempt === undefined ? null : (
        <Notice tone="caution" title={unfinishedInWords(attempt, sale.products)}>
          <div className="stack-tight">
            <p>Do you still want it? If you already have a place, continuing shows it to you.</p>
            <div className="row">
              <Button onClick={() => onResume(attempt)}>Continue</Button>
              <Button look="quiet" onClick={() => onDrop(attempt)}>
                Never mind
              </Button>
            </div>
          </div>
        </Notice>
      )}
    </div>
  );
}
