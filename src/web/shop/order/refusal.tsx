import { Notice } from '../../kit/ui/notice.tsx';
import type { Confirmation } from './confirm-payment.ts';

/** Why a payment was not confirmed, and what to do. Empty where it was. */
export function Refusal({ confirmation }: { confirmation: Confirmation | undefined }) {
  return (
    <div role="alert">
      {confirmation?.kind === 'declined' ? (
        <Notice tone="bad" title={confirmation.message}>
          Nothing was charged. Your hold goes on: try another card.
        </Notice>
      ) : null}
      {confirmation?.kind === 'over' ? (
        <Notice tone="caution" title="This payment was ended.">
          We are finding out what became of your order …
        </Notice>
      ) : null}
      {confirmation?.kind === 'needs-bank' ? (
        <Notice tone="caution" title="The bank wants to ask you first.">
          The stand-in has no bank that could ask. Try another card: your hold goes on.
        </Notice>
      ) : null}
    </div>
  );
}
