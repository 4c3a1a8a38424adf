import type { ReceiptVerdict, Verdict } from '../../../proof/verify.ts';
import { findingInWords, receiptInWords } from '../../../verify/words.ts';
import { Notice } from '../../kit/ui/notice.tsx';

/** What became of each receipt that the user gave. */
export function ReceiptList({ verdict }: { verdict: Verdict }) {
  return verdict.receipts.map((receipt) => (
    <ReceiptNotice key={receipt.ticket} receipt={receipt} verdict={verdict} />
  ));
}

function ReceiptNotice({ receipt, verdict }: { receipt: ReceiptVerdict; verdict: Verdict }) {
  const findings = verdict.findings.filter(({ where }) => where.includes(receipt.ticket));
  if (findings.length > 0) {
    return (
      <Notice tone="bad" title="Your receipt is not honoured.">
        <p>{receiptInWords(receipt)}</p>
        {findings.map((finding) => (
          <p key={finding.name}>
            <code>{finding.name}</code> {findingInWords(finding)}
          </p>
        ))}
      </Notice>
    );
  }
  return (
    <Notice
      tone={receipt.isPending ? 'caution' : 'good'}
      title={receipt.isPending ? 'Your ticket is not decided yet.' : 'Your ticket is in the log.'}
    >
      {receiptInWords(receipt)}
    </Notice>
  );
}
