import './timer-ring.css';
import { asClock, spokenRemaining } from '../../kit/clock/durations.ts';
import { Announcement } from '../../kit/ui/announcement.tsx';

const RADIUS = 54;
const AROUND = 2 * Math.PI * RADIUS;
const HURRY_MS = 30_000;

/** The remaining time of a hold. It is announced only at whole minutes and near the end. */
export function TimerRing({ remainingMs, totalMs }: { remainingMs: number; totalMs: number }) {
  const share = totalMs <= 0 ? 0 : Math.min(1, Math.max(0, remainingMs / totalMs));
  return (
    <div className="timer-ring" data-hurry={remainingMs <= HURRY_MS}>
      <svg viewBox="0 0 120 120" aria-hidden="true">
        <circle className="timer-ring-ground" cx="60" cy="60" r={RADIUS} />
        <circle
          className="timer-ring-rest"
          cx="60"
          cy="60"
          r={RADIUS}
          strokeDasharray={AROUND}
          strokeDashoffset={AROUND * (1 - share)}
        />
      </svg>
      <p className="timer-ring-text digits" role="timer" aria-live="off">
        <span className="hidden-visually">Time left to pay: </span>
        {asClock(remainingMs)}
      </p>
      <Announcement>{spokenRemaining(remainingMs)}</Announcement>
    </div>
  );
}
