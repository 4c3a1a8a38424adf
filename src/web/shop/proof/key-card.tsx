import { toBase64 } from '../../../proof/base64.ts';
import { formatVkey } from '../../../proof/note.ts';
import { counted } from '../../../verify/words.ts';
import { saveBlob } from '../../browser/save-blob.ts';
import { Button } from '../../kit/ui/button.tsx';
import { Card } from '../../kit/ui/card.tsx';
import type { Checked } from './check-sale.ts';

/** What the check rests on, for whoever wants to compare it: the key, and the checkpoint. */
export function KeyCard({ checked, saleId }: { checked: Checked; saleId: string }) {
  const { keys, checkpoint, verdict } = checked;
  const size = verdict.checkpoint?.size ?? 0;
  const save = () => {
    const blob = new Blob([checkpoint], { type: 'text/plain' });
    saveBlob(blob, `checkpoint-${saleId}-${size}.txt`);
  };
  return (
    <Card className="stack">
      <h2>What this rests on</h2>
      <p>
        The key came from this shop, so compare it with what others know: whoever shows you another
        log would have to show you another key, or sign both.
      </p>
      <dl className="proof-facts">
        <dt>{keys.length === 1 ? 'Key' : 'Keys, the current one first'}</dt>
        {keys.map(({ name, algorithm, key }) => (
          <dd key={toBase64(key)}>
            <code>{formatVkey(name, algorithm, key)}</code>
          </dd>
        ))}
        <dt>Size and root</dt>
        <dd>
          {counted(size, 'leaf', 'leaves')},{' '}
          <code>{verdict.checkpoint === undefined ? '' : toBase64(verdict.checkpoint.root)}</code>
        </dd>
        <dt>Elsewhere</dt>
        <dd>
          With <a href="/verify.mjs">verify.mjs</a>, which needs nothing else:{' '}
          <code>{`node verify.mjs ${location.origin}/sales/${saleId}`}</code>
        </dd>
      </dl>
      <div>
        <Button look="quiet" onClick={save}>
          Keep this checkpoint
        </Button>
      </div>
      <p className="soft small">
        Give it to this page another day: it finds out whether the log still has all that it has
        now.
      </p>
    </Card>
  );
}
