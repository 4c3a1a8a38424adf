import './meter.css';

/**
 * A bar that shows an amount.
 *
 * @param label the accessible name
 * @param text the value in words
 */
export function Meter(props: { value: number; max: number; label: string; text: string }) {
  const { value, max, label, text } = props;
  const share = max <= 0 ? 0 : Math.min(1, Math.max(0, value / max));
  return (
    <div className="meter" data-low={share > 0 && share <= 0.15}>
      {/* The browser's own one says it; it cannot be drawn alike everywhere. */}
      <meter className="hidden-visually" aria-label={label} value={value} max={Math.max(1, max)}>
        {text}
      </meter>
      <div className="meter-fill" style={{ scale: `${share} 1` }} />
    </div>
  );
}
