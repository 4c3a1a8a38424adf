import type { SaleView } from '../../../api/schemas/sale.ts';
import type { Attempt } from '../../browser/attempts.ts';
import { Button } from '../../kit/ui/button.tsx';
import { Notice } from '../../kit/ui/notice.tsx';
import { unfinishedInWords } from './unfinished-words.ts';

/** Asks about an old attempt: nothing is bought that the buyer may no longer want. */
export function Unfinished(props: {
  attempt: Attempt | undefined;
  sale: Pick<SaleView, 'products'>;
  onGoOn: (attempt: Attempt) => void;
  onLetBe: (attempt: Attempt) => void;
}) {
  const { attempt, sale, onGoOn, onLetBe } = props;
  return (
    <div role="status">
      {attempt === undefined ? null : (
        <Notice tone="caution" title={unfinishedInWords(attempt, sale.products)}>
          <div className="stack-tight">
            <p>Go on, or let it be? If you have a place already, going on shows it to you.</p>
            <div className="row">
              <Button onClick={() => onGoOn(attempt)}>Go on</Button>
              <Button look="quiet" onClick={() => onLetBe(attempt)}>
                Let it be
              </Button>
            </div>
          </div>
        </Notice>
      )}
    </div>
  );
}
