import type { WriteStream } from 'node:tty';
import { lineOf, type Moment, pictureOf } from './picture.ts';

const REDRAW_MS = 200;
const LOG_MS = 1_000;

/**
 * Shows a running crowd: in a terminal a picture that is redrawn, elsewhere one line per second.
 *
 * @returns stops it after a last picture
 */
export function show(output: WriteStream | NodeJS.WriteStream, moment: () => Moment): () => void {
  let drawn = 0;
  const draw = () => {
    const lines = pictureOf(moment()).map((line) => line.slice(0, output.columns || line.length));
    // Moves to the start of the last picture and clears everything below.
    const back = drawn === 0 ? '' : `\x1b[${drawn}A\x1b[0J`;
    drawn = lines.length;
    output.write(`${back}${lines.join('\n')}\n`);
  };
  const isTerminal = output.isTTY === true;
  const tell = () => output.write(`${lineOf(moment())}\n`);
  const timer = isTerminal ? setInterval(draw, REDRAW_MS) : setInterval(tell, LOG_MS);
  return () => {
    clearInterval(timer);
    draw();
  };
}
