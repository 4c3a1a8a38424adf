import { type SubmitEvent, useState } from 'react';
import { Link } from 'react-router';
import { Button } from '../../kit/ui/button.tsx';
import { Card } from '../../kit/ui/card.tsx';
import { Field } from '../../kit/ui/field.tsx';
import type { NotTaken, useKept } from './use-kept.ts';

/** Takes what the user has kept: a receipt, or a checkpoint. */
export function GiveKept({ kept, notTaken, take, takeFiles }: ReturnType<typeof useKept>) {
  const [pasted, setPasted] = useState('');
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    take('what you pasted', pasted);
    setPasted('');
  };
  return (
    <Card className="stack">
      <h2>Your receipt</h2>
      <p>
        Have you saved the receipt of your ticket? Drop it onto this page, and see where you stood.
        It stays in your browser. A checkpoint that you have kept is compared, too.
      </p>
      <Field
        label="A file that you have saved"
        type="file"
        accept=".json,.txt,application/json,text/plain"
        multiple
        onChange={(event) => void takeFiles(event.target.files ?? [])}
      />
      <details>
        <summary>Paste it instead</summary>
        <form className="proof-paste stack-tight" onSubmit={submit}>
          <div className="field">
            <label htmlFor="pasted">The text of a receipt or a checkpoint</label>
            <textarea
              id="pasted"
              rows={5}
              value={pasted}
              onChange={(event) => setPasted(event.target.value)}
            />
          </div>
          <div>
            <Button type="submit" look="quiet">
              Check it
            </Button>
          </div>
        </form>
      </details>
      <p role="status" className="small">
        {kept.length === 0 ? null : `Checked with ${kept.map(({ name }) => name).join(', ')}.`}
      </p>
      <div role="alert">{notTaken === undefined ? null : <Refusal notTaken={notTaken} />}</div>
    </Card>
  );
}

function Refusal({ notTaken }: { notTaken: NotTaken }) {
  const { name } = notTaken;
  if (notTaken.why === 'unknown') {
    return <p className="field-error">{`${name}: this is no receipt and no checkpoint.`}</p>;
  }
  return (
    <p className="field-error">
      {`${name}: this receipt is of another sale. `}
      <Link to={`/sales/${encodeURIComponent(notTaken.saleId)}/proof`}>Check that one</Link>
    </p>
  );
}
