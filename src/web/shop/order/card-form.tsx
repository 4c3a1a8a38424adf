import { type FormEvent, useState } from 'react';
import type { PaymentView } from '../../../api/schemas/payment.ts';
import { formatPrice } from '../../../domain/price.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { Button } from '../../kit/ui/button.tsx';
import { Field } from '../../kit/ui/field.tsx';
import { type CardErrors, checkCard, spacedExpiry, spacedNumber } from './card.ts';
import { confirmPayment } from './confirm-payment.ts';
import { Refusal } from './refusal.tsx';
import { TestCards } from './test-cards.tsx';
import { useConfirm } from './use-confirm.ts';

const NO_CARD = { number: '', expiry: '', cvc: '' };

/** The card fields for the Stripe stand-in, which charges nothing. */
export function CardForm(props: {
  payment: PaymentView;
  stripeUrl: string;
  onPaying: (isPaying: boolean) => void;
}) {
  const { payment, stripeUrl, onPaying } = props;
  const [card, setCard] = useState(NO_CARD);
  const [errors, setErrors] = useState<CardErrors>({});
  const { mutate, data, error, failureReason, isPending } = useConfirm(payment.orderId, onPaying);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (isPending) return;
    const found = checkCard(card, new Date());
    setErrors(found);
    if (Object.keys(found).length > 0) return;
    mutate(() => confirmPayment(stripeUrl, payment, card));
  };
  return (
    <form className="stack" onSubmit={onSubmit} noValidate>
      <Field
        label="Card number"
        inputMode="numeric"
        autoComplete="cc-number"
        placeholder="4242 4242 4242 4242"
        value={card.number}
        error={errors.number}
        onChange={({ target }) => setCard({ ...card, number: spacedNumber(target.value) })}
      />
      <div className="card-fields">
        <Field
          label="Expiry"
          inputMode="numeric"
          autoComplete="cc-exp"
          placeholder="MM / YY"
          value={card.expiry}
          error={errors.expiry}
          onChange={({ target }) => setCard({ ...card, expiry: spacedExpiry(target.value) })}
        />
        <Field
          label="CVC"
          inputMode="numeric"
          autoComplete="cc-csc"
          placeholder="123"
          maxLength={4}
          value={card.cvc}
          error={errors.cvc}
          onChange={({ target }) => setCard({ ...card, cvc: target.value })}
        />
      </div>
      <TestCards
        onChoose={(number) => {
          setCard({ number: spacedNumber(number), expiry: '12 / 34', cvc: '123' });
          setErrors({});
        }}
      />
      <Refusal confirmation={data} />
      <ProblemNotice error={error ?? failureReason} retrying={isPending} />
      <Button type="submit" size="l" wide busy={isPending}>
        Pay {formatPrice(payment.amount, payment.currency)}
      </Button>
    </form>
  );
}
