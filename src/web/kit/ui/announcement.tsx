/**
 * Text for screen readers, announced when it changes. Give it text that changes rarely: at a new
 * place in line, not every second.
 */
export function Announcement({ children }: { children: string }) {
  return (
    <p className="hidden-visually" role="status">
      {children}
    </p>
  );
}
