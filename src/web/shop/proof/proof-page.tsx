import './proof.css';
import { useParams } from 'react-router';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { PageTitle } from '../../kit/layout/page-title.tsx';
import { Button, ButtonLink } from '../../kit/ui/button.tsx';
import { Meter } from '../../kit/ui/meter.tsx';
import { Notice } from '../../kit/ui/notice.tsx';
import { useSaleOf } from '../sale/use-sale-of.ts';
import { type Checked, UnableToCheck } from './check-sale.ts';
import { GiveKept } from './give-kept.tsx';
import { KeyCard } from './key-card.tsx';
import { LinePicture } from './line-picture.tsx';
import { ReceiptList } from './receipt-list.tsx';
import { useCheck } from './use-check.ts';
import { useKept } from './use-kept.ts';
import { VerdictNotice } from './verdict-notice.tsx';

/** The proof of a sale: this browser checks its public log, and whoever has a receipt sees it. */
export function Component() {
  const { saleId = '' } = useParams();
  return <ProofPage key={saleId} saleId={saleId} />;
}

function ProofPage({ saleId }: { saleId: string }) {
  const sale = useSaleOf(saleId);
  const giving = useKept(saleId);
  const { data, error, failureReason, isFetching, share, refetch } = useCheck(saleId, giving.kept);
  const problem = error ?? failureReason;
  return (
    <div className="proof">
      <div className="stack">
        <p className="sale-name">{sale?.name}</p>
        <PageTitle>Check this sale</PageTitle>
        <p className="lead">
          You need not believe us. Your browser fetches the public log of this sale, adds up its
          hashes, verifies who has signed it, and plays the sale again by its rules.
        </p>
      </div>
      {isFetching && problem === null ? <Progress share={share} /> : null}
      <Problem error={problem} retrying={error === null} />
      {data === undefined ? null : <Found checked={data} isRunning={isFetching} />}
      <GiveKept {...giving} />
      {data === undefined ? null : <KeyCard checked={data} saleId={saleId} />}
      <div className="row">
        <Button look="quiet" busy={isFetching} onClick={() => void refetch()}>
          Check again
        </Button>
        <ButtonLink to={`/sales/${saleId}`} look="quiet">
          Back to the sale
        </ButtonLink>
      </div>
    </div>
  );
}

function Progress({ share }: { share: number }) {
  const percent = Math.floor(share * 100);
  return (
    <div className="stack-tight">
      <p role="status">Checking the log …</p>
      <Meter value={percent} max={100} label="How much is checked" text={`${percent} %`} />
    </div>
  );
}

function Problem({ error, retrying }: { error: Error | null; retrying: boolean }) {
  if (!(error instanceof UnableToCheck)) return <ProblemNotice error={error} retrying={retrying} />;
  return (
    <div role="alert">
      <Notice tone="bad" title="This browser could not check the sale.">
        It must know Ed25519 signatures, and the shop must be opened over HTTPS. You can check it
        without a browser: with <a href="/verify.mjs">verify.mjs</a>. ({error.message})
      </Notice>
    </div>
  );
}

function Found({ checked, isRunning }: { checked: Checked; isRunning: boolean }) {
  const { verdict } = checked;
  const own = verdict.receipts.flatMap(({ found }) => found?.lineNumber ?? []);
  return (
    <>
      <div className="stack" aria-busy={isRunning}>
        <VerdictNotice verdict={verdict} />
        <ReceiptList verdict={verdict} />
      </div>
      {verdict.outcomes === '' ? null : (
        <section className="stack" aria-labelledby="line-heading">
          <h2 id="line-heading">The line</h2>
          <LinePicture outcomes={verdict.outcomes} own={own} />
        </section>
      )}
    </>
  );
}
