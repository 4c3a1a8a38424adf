import { useMemo } from 'react';
import { ART_SIZE, artOf } from './art.ts';

/** The picture of a sale, drawn from its id. Decorative. */
export function SaleArt({ id, muted = false }: { id: string; muted?: boolean }) {
  const { hue, kind, circles } = useMemo(() => artOf(id), [id]);
  const chroma = muted ? 0.015 : 1;
  const ground = `oklch(0.84 ${0.085 * chroma} ${hue})`;
  const ink = `oklch(0.36 ${0.11 * chroma} ${hue + 12})`;
  const bright = `oklch(0.97 ${0.03 * chroma} ${hue + 60})`;
  return (
    <svg
      className="sale-art"
      viewBox={`0 0 ${ART_SIZE.width} ${ART_SIZE.height}`}
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
    >
      <rect width={ART_SIZE.width} height={ART_SIZE.height} fill={ground} />
      {circles.map(({ x, y, radius, weight }) => (
        <circle
          key={`${x} ${y} ${radius}`}
          cx={x}
          cy={y}
          r={radius}
          {...(kind === 'dots'
            ? { fill: weight > 0.88 ? bright : ink, fillOpacity: 0.25 + weight * 0.7 }
            : {
                fill: 'none',
                stroke: weight > 0.9 ? bright : ink,
                strokeWidth: 1 + weight * 6,
                strokeOpacity: 0.15 + weight * 0.7,
              })}
        />
      ))}
    </svg>
  );
}
