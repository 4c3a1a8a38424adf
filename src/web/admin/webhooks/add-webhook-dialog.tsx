import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { WebhookView } from '../../../api/schemas/webhook.ts';
import { MESSAGE_KINDS, type MessageKind } from '../../../domain/message.ts';
import { answered } from '../../client/api-client.ts';
import { isTransient } from '../../client/problem.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { Button } from '../../kit/ui/button.tsx';
import { Dialog } from '../../kit/ui/dialog.tsx';
import { Field } from '../../kit/ui/field.tsx';
import { Notice } from '../../kit/ui/notice.tsx';
import { useToast } from '../../kit/ui/toast.tsx';
import { useServices } from '../../session/services.ts';
import { Choice } from '../parts/choice.tsx';
import { IdText } from '../parts/id-text.tsx';
import { MESSAGE_WORDS } from '../parts/message-words.ts';
import { useFieldProblems } from '../parts/use-field-problems.ts';
import { KEYS } from '../queries/keys.ts';

/** Adds an endpoint, then shows its secret once. */
export function AddWebhookDialog(props: { saleId: string; open: boolean; onClose: () => void }) {
  const { saleId, open, onClose } = props;
  const [secret, setSecret] = useState<string>();
  const close = () => {
    setSecret(undefined);
    onClose();
  };
  return (
    <Dialog
      open={open}
      title={secret === undefined ? 'Add a webhook' : 'Save the secret'}
      onClose={close}
    >
      {secret === undefined ? (
        <AddWebhookForm saleId={saleId} onAdded={setSecret} />
      ) : (
        <Secret secret={secret} onKept={close} />
      )}
    </Dialog>
  );
}

function AddWebhookForm(props: { saleId: string; onAdded: (secret: string) => void }) {
  const [url, setUrl] = useState('');
  const [events, setEvents] = useState<readonly MessageKind[]>(MESSAGE_KINDS);
  const add = useAdd(props.saleId, props.onAdded);
  const { form, problem, refuse, accept } = useFieldProblems(add.error);
  const submit = () => {
    if (!/^https?:\/\/\S+$/.test(url.trim())) {
      return refuse(new Map([['url', 'Enter an address that starts with https://']]));
    }
    if (events.length === 0) return refuse(new Map([['events', 'Choose at least one event.']]));
    accept();
    if (!add.isPending) add.mutate({ url: url.trim(), events: [...events] });
  };
  const toggle = (kind: MessageKind, isOn: boolean) =>
    setEvents(MESSAGE_KINDS.filter((one) => (one === kind ? isOn : events.includes(one))));
  return (
    <form
      ref={form}
      noValidate
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Field
        label="Address"
        type="url"
        placeholder="https://shop.example/fairline"
        autoComplete="off"
        value={url}
        error={problem('url')}
        onChange={(event) => setUrl(event.target.value)}
      />
      <fieldset className="stack-tight">
        <legend className="hidden-visually">Events</legend>
        {MESSAGE_KINDS.map((kind) => (
          <Choice
            key={kind}
            type="checkbox"
            label={MESSAGE_WORDS[kind]}
            checked={events.includes(kind)}
            onChange={(event) => toggle(kind, event.target.checked)}
          />
        ))}
        {problem('events') === undefined ? null : (
          <p className="field-error" role="alert">
            {problem('events')}
          </p>
        )}
      </fieldset>
      <ProblemNotice error={add.error}>
        {isTransient(add.error) ? <p>Look at the list before you try again.</p> : null}
      </ProblemNotice>
      <Button type="submit" wide busy={add.isPending}>
        Add
      </Button>
    </form>
  );
}

function Secret({ secret, onKept }: { secret: string; onKept: () => void }) {
  const toast = useToast();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(secret);
      toast('Copied.');
    } catch {
      toast('The browser does not allow copying: select it and copy it yourself.');
    }
  };
  return (
    <>
      <p>Every message is signed with it. It is shown only once.</p>
      <Notice>
        <IdText>{secret}</IdText>
      </Notice>
      <div className="row">
        <Button onClick={() => void copy()}>Copy</Button>
        <Button look="quiet" onClick={onKept}>
          I have saved it
        </Button>
      </div>
    </>
  );
}

function useAdd(saleId: string, onAdded: (secret: string) => void) {
  const { own } = useServices();
  const queries = useQueryClient();
  return useMutation({
    // Never retried automatically: that could add two endpoints, one with its secret lost.
    retry: false,
    mutationFn: (json: Pick<WebhookView, 'url' | 'events'>) =>
      answered(own.admin.sales[':saleId'].webhooks.$post({ param: { saleId }, json })),
    onSuccess: ({ secret }) => onAdded(secret),
    onSettled: () => queries.invalidateQueries({ queryKey: KEYS.webhooks(saleId) }),
  });
}
