import './id-text.css';

/** An id, to be marked and copied with one click. */
export function IdText({ children }: { children: string }) {
  return <code className="id-text">{children}</code>;
}
