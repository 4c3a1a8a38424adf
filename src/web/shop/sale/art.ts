/** A circle of a picture. */
interface Circle {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Opacity, 0 to 1. */
  readonly weight: number;
}

/** A picture of a sale, always the same for its id. */
export interface Art {
  /** The background hue, in degrees. */
  readonly hue: number;
  /** `dots` are filled, `rings` are outlined. */
  readonly kind: 'dots' | 'rings';
  readonly circles: readonly Circle[];
}

/** The size of the canvas. */
export const ART_SIZE = { width: 400, height: 260 };

/** Derives a sale's picture from its id: a crowd that becomes a line, or rings around it. */
export function artOf(id: string): Art {
  const random = randomFrom(id);
  const hue = Math.floor(random() * 360);
  return random() < 0.5
    ? { hue, kind: 'dots', circles: crowd(random) }
    : { hue, kind: 'rings', circles: rings(random) };
}

/** Rows of dots that grow towards a point. */
function crowd(random: () => number): Circle[] {
  const focus = { x: 80 + random() * 240, y: 60 + random() * 140 };
  const step = 20 + random() * 8;
  const circles: Circle[] = [];
  for (let y = step / 2; y < ART_SIZE.height; y += step) {
    for (let x = step / 2; x < ART_SIZE.width; x += step) {
      const distance = Math.hypot(x - focus.x, y - focus.y) / 240;
      const weight = Math.max(0, 1 - distance);
      circles.push({ x, y, radius: 1 + weight * weight * step * 0.55, weight });
    }
  }
  return circles;
}

/** Rings around a point beyond the edge. */
function rings(random: () => number): Circle[] {
  const x = random() < 0.5 ? random() * 120 : 280 + random() * 120;
  const y = 40 + random() * 200;
  const step = 14 + random() * 8;
  return Array.from({ length: 24 }, (_, index) => ({
    x,
    y,
    radius: step * (index + 0.6),
    weight: 1 - index / 26,
  }));
}

/** A sequence of numbers from 0 to 1 seeded by a text (FNV-1a, then mulberry32). */
function randomFrom(text: string): () => number {
  let state = 0x811c9dc5;
  for (const char of text) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
