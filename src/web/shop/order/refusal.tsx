import { Notice } from '../../kit/ui/notice.tsx';
import type { Confirmation } from './confirm-payment.ts';

/** Why a payment was not confirmed, and what to do. Empty where it was. */
export function Refusal({ confirmation }: { confirmation: Confirmation | undefined }) {
  return (
    <div role="alert">
      {confirmation?.kind === 'declined' ? (
        <Notice tone="bad" title={confirmation.message}>
          Nothing was charged, and your hold is still running: try another card.
        </Notice>
      ) : null}
      {confirmation?.kind === 'over' ? (
        <Notice tone="caution" title="This payment was cancelled.">
          Checking what happened to your order …
        </Notice>
      ) : null}
      {confirmation?.kind === 'needs-bank' ? (
        <Notice tone="caution" title="Your bank wants you to confirm.">
          The stand-in has no bank for that. Try another card: your hold is still running.
        </Notice>
      ) : null}
    </div>
  );
}
