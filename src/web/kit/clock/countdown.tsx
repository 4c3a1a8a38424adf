import './countdown.css';
import { formatInZone } from '../format.ts';
import { cut } from './durations.ts';
import { useServerNow } from './use-server-now.ts';

/**
 * Counts down to a moment of a sale by the server's time. Screen readers hear the moment once
 * rather than every second.
 */
export function Countdown({
  to,
  timeZone,
  label,
}: {
  to: string;
  timeZone: string;
  label: string;
}) {
  const now = useServerNow();
  const { days, hours, minutes, seconds } = cut(Date.parse(to) - now);
  const parts = [
    ...(days > 0 ? [{ name: 'days', value: days, unit: days === 1 ? 'day' : 'days' }] : []),
    { name: 'hours', value: hours, unit: hours === 1 ? 'hour' : 'hours' },
    { name: 'minutes', value: minutes, unit: 'min' },
    { name: 'seconds', value: seconds, unit: 'sec' },
  ];
  return (
    <div className="countdown">
      <p className="countdown-label">
        {label} <time dateTime={to}>{formatInZone(to, timeZone)}</time>
      </p>
      <div className="countdown-parts digits" aria-hidden="true">
        {parts.map(({ name, value, unit }) => (
          <div key={name} className="countdown-part">
            <span className="countdown-value">{String(value).padStart(2, '0')}</span>
            <span className="countdown-unit">{unit}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
