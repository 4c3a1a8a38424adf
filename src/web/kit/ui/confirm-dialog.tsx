import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

/** Asks before an action that cannot be undone. The safe answer comes first. */
export function ConfirmDialog(props: {
  open: boolean;
  title: string;
  children: ReactNode;
  keep: string;
  confirm: string;
  busy: boolean;
  /** Why the action failed, where it did. */
  problem?: ReactNode;
  onKeep: () => void;
  onConfirm: () => void;
}) {
  const { open, title, children, keep, confirm, busy, problem, onKeep, onConfirm } = props;
  return (
    <Dialog open={open} title={title} onClose={onKeep}>
      <div>{children}</div>
      {problem}
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
