import type { Verdict } from '../../../proof/verify.ts';
import { counted, findingInWords, soundness } from '../../../verify/words.ts';
import { Notice } from '../../kit/ui/notice.tsx';

/** What was found: that all is in order, or what is not. */
export function VerdictNotice({ verdict }: { verdict: Verdict }) {
  const { findings, follows } = verdict;
  return (
    <div role="status" className="stack">
      {findings.length === 0 ? (
        <Notice tone="good" title="Everything is in order.">
          <ul className="proof-list">
            {soundness(verdict).map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </Notice>
      ) : (
        <Notice tone="bad" title="This log is not what it should be.">
          <ul className="proof-list">
            {findings.map((finding) => (
              <li key={`${finding.name} ${finding.where}`}>
                <code>{finding.name}</code> {findingInWords(finding)}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      {follows === undefined ? null : (
        <Notice tone="caution" title="This log begins anew.">
          The one before it, {follows.origin}, had {counted(follows.size, 'leaf', 'leaves')} and
          could not be continued: the shop had to go back to an older state. Whoever kept a
          checkpoint or a receipt of it can compare.
        </Notice>
      )}
    </div>
  );
}
