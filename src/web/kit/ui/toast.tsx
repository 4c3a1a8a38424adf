import './toast.css';
import { createContext, type ReactNode, use, useCallback, useState } from 'react';

interface Toast {
  readonly id: number;
  readonly text: string;
}

const ToastContext = createContext<(text: string) => void>(() => {});

const SHOWN_MS = 6_000;

/** Shows a message for a few seconds and announces it, without taking the focus. */
export function useToast(): (text: string) => void {
  return use(ToastContext);
}

/** Renders the toasts. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const show = useCallback((text: string) => {
    const id = performance.now();
    setToasts((all) => [...all.filter((one) => one.text !== text), { id, text }]);
    setTimeout(() => setToasts((all) => all.filter((one) => one.id !== id)), SHOWN_MS);
  }, []);
  return (
    <ToastContext value={show}>
      {children}
      <div className="toasts" role="status">
        {toasts.map(({ id, text }) => (
          <p key={id} className="toast">
            {text}
          </p>
        ))}
      </div>
    </ToastContext>
  );
}
