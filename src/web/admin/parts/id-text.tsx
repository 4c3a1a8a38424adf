import './id-text.css';

/** An id that one click selects. */
export function IdText({ children }: { children: string }) {
  return <code className="id-text">{children}</code>;
}
