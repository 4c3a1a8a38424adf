import { type MouseEvent, type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import {
  counted,
  decisionInWords,
  decisionOf,
  grouped,
  type Share,
  sharesOf,
} from '../../../verify/words.ts';
import { Field } from '../../kit/ui/field.tsx';
import { type LineLayout, layoutOf, middleOf, paintLine, ticketAt } from './paint-line.ts';
import { useColorScheme } from './use-color-scheme.ts';

/** Pixels of the picture for one of the page, where there is room: it is sharp on any screen. */
const PIXELS_PER_CSS = 2;

/**
 * The line as a picture: every ticket with its decision, in order; and the same as a table.
 *
 * @param outcomes the letters of the decisions, in order of the line
 * @param own line numbers to be marked
 */
export function LinePicture({ outcomes, own }: { outcomes: string; own: readonly number[] }) {
  const shares = useMemo(() => sharesOf(outcomes), [outcomes]);
  const layout = useMemo(() => layoutOf(outcomes.length), [outcomes]);
  const legend = useRef<HTMLTableElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [number, setNumber] = useState('');
  const shown = shownIn(outcomes, number);
  const marked = useMemo(() => (shown === undefined ? own : [...own, shown]), [own, shown]);
  usePainting({ canvas, legend, layout, outcomes, marked });
  const choose = (event: MouseEvent<HTMLCanvasElement>) => {
    const scale = layout.width / event.currentTarget.clientWidth;
    const { offsetX, offsetY } = event.nativeEvent;
    const chosen = ticketAt(layout, offsetX * scale, offsetY * scale);
    if (chosen !== undefined) setNumber(String(chosen));
  };
  return (
    <figure className="stack">
      <canvas
        ref={canvas}
        className="line-picture"
        role="img"
        aria-label={inWords(shares, outcomes.length)}
        width={layout.width}
        height={layout.height}
        style={{ width: layout.width / PIXELS_PER_CSS }}
        // The field below does the same from the keyboard.
        onClick={choose}
      />
      <figcaption className="soft small">
        Every square is a ticket. The line begins at the top left and goes on row by row.
      </figcaption>
      <LegendTable shares={shares} ref={legend} />
      <div className="line-number">
        <Field
          label="Look up a number in line"
          type="number"
          inputMode="numeric"
          min={1}
          max={outcomes.length}
          value={number}
          onChange={(event) => setNumber(event.target.value)}
        />
        <p role="status" className="digits">
          {shown === undefined ? null : `Number ${grouped(shown)}: ${decisionAt(outcomes, shown)}`}
        </p>
      </div>
    </figure>
  );
}

function LegendTable(props: { shares: readonly Share[]; ref: RefObject<HTMLTableElement | null> }) {
  return (
    <table className="line-legend" ref={props.ref}>
      <caption className="hidden-visually">Tickets by their decision</caption>
      <thead className="small">
        <tr>
          <th scope="col">Decision</th>
          <th scope="col">Tickets</th>
          <th scope="col">Numbers in line</th>
        </tr>
      </thead>
      <tbody className="digits">
        {props.shares.map(({ name, count, first, last }) => (
          <tr key={name}>
            <th scope="row">
              <span className="line-swatch" data-decision={name} aria-hidden="true" />
              {decisionInWords(name)}
            </th>
            <td>{grouped(count)}</td>
            <td>{first === last ? grouped(first) : `${grouped(first)} to ${grouped(last)}`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function inWords(shares: readonly Share[], count: number): string {
  const parts = shares.map(({ name, count: some }) => `${grouped(some)} ${decisionInWords(name)}`);
  return `The line: ${counted(count, 'ticket')}. ${parts.join(', ')}.`;
}

function decisionAt(outcomes: string, number: number): string {
  return decisionInWords(decisionOf(outcomes.charAt(number - 1)));
}

function shownIn(outcomes: string, number: string): number | undefined {
  const value = Number(number);
  return Number.isInteger(value) && value >= 1 && value <= outcomes.length ? value : undefined;
}

/** Paints again when what is shown changes, or its colours: those of the legend. */
function usePainting(props: {
  canvas: RefObject<HTMLCanvasElement | null>;
  legend: RefObject<HTMLTableElement | null>;
  layout: LineLayout;
  outcomes: string;
  marked: readonly number[];
}): void {
  const { canvas, legend, layout, outcomes, marked } = props;
  const scheme = useColorScheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the scheme changes the colours
  useEffect(() => {
    const context = canvas.current?.getContext('2d', { willReadFrequently: true });
    if (context == null || legend.current === null) return;
    const colors = readColors(context, legend.current);
    const image = context.createImageData(layout.width, layout.height);
    const pixels = new Uint32Array(image.data.buffer);
    paintLine(pixels, outcomes, {
      layout,
      colorOf: (letter) => colors.get(decisionOf(letter)) ?? 0,
    });
    context.putImageData(image, 0, 0);
    for (const number of marked) markTicket(context, layout, number);
  }, [canvas, legend, layout, outcomes, marked, scheme]);
}

/** The colours of the legend, as pixels. */
function readColors(context: CanvasRenderingContext2D, legend: HTMLElement): Map<string, number> {
  const swatches = legend.querySelectorAll<HTMLElement>('[data-decision]');
  return new Map(
    [...swatches].map((swatch) => {
      context.fillStyle = getComputedStyle(swatch).backgroundColor;
      context.fillRect(0, 0, 1, 1);
      const [pixel = 0] = new Uint32Array(context.getImageData(0, 0, 1, 1).data.buffer);
      return [swatch.dataset['decision'] ?? '', pixel];
    }),
  );
}

/** A ring around a ticket, in two colours: it is seen on any other. */
function markTicket(context: CanvasRenderingContext2D, layout: LineLayout, number: number): void {
  const { x, y } = middleOf(layout, number);
  const { color, backgroundColor } = getComputedStyle(context.canvas);
  for (const [style, width] of [
    [backgroundColor, 12],
    [color, 5],
  ] as const) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.beginPath();
    context.arc(x, y, Math.max(layout.cell * 0.5, 14), 0, 2 * Math.PI);
    context.stroke();
  }
}
