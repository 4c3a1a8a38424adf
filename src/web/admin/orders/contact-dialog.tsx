import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { AdminOrderView } from '../../../api/schemas/order.ts';
import { answered } from '../../client/api-client.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { Button } from '../../kit/ui/button.tsx';
import { Dialog } from '../../kit/ui/dialog.tsx';
import { Field } from '../../kit/ui/field.tsx';
import { useToast } from '../../kit/ui/toast.tsx';
import { useServices } from '../../session/services.ts';
import { useFieldProblems } from '../parts/use-field-problems.ts';
import { KEYS } from '../queries/keys.ts';

/** Corrects the address of an order's buyer. */
export function ContactDialog(props: {
  order: AdminOrderView;
  open: boolean;
  onClose: () => void;
}) {
  const { order, open, onClose } = props;
  return (
    <Dialog open={open} title="Correct the address" onClose={onClose}>
      <ContactForm order={order} onDone={onClose} />
    </Dialog>
  );
}

function ContactForm({ order, onDone }: { order: AdminOrderView; onDone: () => void }) {
  const [email, setEmail] = useState(order.email ?? '');
  const correct = useCorrect(order, onDone);
  const { form, problem, refuse, accept } = useFieldProblems(correct.error);
  return (
    <form
      ref={form}
      noValidate
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!/^\S+@\S+$/.test(email.trim())) {
          return refuse(new Map([['email', 'Enter an e-mail address.']]));
        }
        accept();
        if (!correct.isPending) correct.mutate(email.trim());
      }}
    >
      <p>
        The mails about this order are sent again, to the new address. Links in the old ones stop
        working.
      </p>
      <Field
        label="E-mail"
        type="email"
        autoComplete="off"
        value={email}
        error={problem('email')}
        onChange={(event) => setEmail(event.target.value)}
      />
      <ProblemNotice error={correct.error ?? correct.failureReason} />
      <Button type="submit" wide busy={correct.isPending}>
        Correct and send again
      </Button>
    </form>
  );
}

/** Safe to repeat: the address stays, and the mails are sent once more. */
function useCorrect({ id, saleId }: AdminOrderView, onDone: () => void) {
  const { own } = useServices();
  const queries = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: (email: string) =>
      answered(
        own.admin.orders[':orderId'].contact.$put({ param: { orderId: id }, json: { email } }),
      ),
    onSuccess: () => {
      toast('The address is corrected, and the mails are on their way.');
      onDone();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: KEYS.orders(saleId) }),
  });
}
