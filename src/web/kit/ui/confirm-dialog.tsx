import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { ProblemNotice } from './notice.tsx';

/** Asks before something that cannot be undone. The safe answer comes first. */
export function ConfirmDialog(props: {
  open: boolean;
  title: string;
  children: ReactNode;
  keep: string;
  confirm: string;
  busy: boolean;
  error: unknown;
  onKeep: () => void;
  onConfirm: () => void;
}) {
  const { open, title, children, keep, confirm, busy, error, onKeep, onConfirm } = props;
  return (
    <Dialog open={open} title={title} onClose={onKeep}>
      <div>{children}</div>
      <ProblemNotice error={error} />
      <div className="row">
        <Button data-first onClick={onKeep}>
          {keep}
        </Button>
        <Button look="danger" busy={busy} onClick={onConfirm}>
          {confirm}
        </Button>
      </div>
    </Dialog>
  );
}
