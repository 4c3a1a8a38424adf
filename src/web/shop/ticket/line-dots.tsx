import './line-dots.css';

/** Up to this many people are drawn one by one. */
const DRAWN = 14;

/** The line: the people ahead, and you at its end. Decorative. */
export function LineDots({ ahead }: { ahead: number }) {
  const drawn = Math.min(ahead, DRAWN);
  const hasMore = ahead > DRAWN;
  return (
    <div className="line-dots" aria-hidden="true">
      <span className="line-dot" data-who="you" />
      {Array.from({ length: drawn }, (_, place) => drawn - place).map((place) => (
        <span key={place} className="line-dot" style={{ opacity: 0.25 + (0.5 * place) / DRAWN }} />
      ))}
      {hasMore ? <span className="line-more" /> : null}
      <span className="line-door" />
    </div>
  );
}
