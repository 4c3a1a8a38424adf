import { type Mark, pacesOf } from '../rules/pace.ts';

const WIDTH = 240;
const HEIGHT = 48;
const SPAN_MS = 60_000;

/**
 * The pace of the line over the last minute. Decorative: the number beside it carries the meaning.
 */
export function PaceCurve({ marks }: { marks: readonly Mark[] }) {
  const paces = pacesOf(marks);
  const last = paces.at(-1);
  const most = Math.max(1, ...paces.map(({ pace }) => pace));
  const points = paces.map(({ atMs, pace }) => {
    const x = WIDTH - (((last?.atMs ?? atMs) - atMs) / SPAN_MS) * WIDTH;
    return `${x.toFixed(1)},${(HEIGHT - 2 - (pace / most) * (HEIGHT - 6)).toFixed(1)}`;
  });
  return (
    <svg
      className="pace-curve"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={`M0 ${HEIGHT - 1}H${WIDTH}`} className="pace-curve-ground" />
      {points.length > 1 ? <polyline points={points.join(' ')} /> : null}
    </svg>
  );
}
