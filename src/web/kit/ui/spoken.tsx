/**
 * Text for those who listen: read out when it changes, and only then. Give it words that change
 * seldom: at a new place in line, not each second.
 */
export function Spoken({ children }: { children: string }) {
  return (
    <p className="hidden-visually" role="status">
      {children}
    </p>
  );
}
