import { once } from 'node:events';
import { connect } from 'node:net';

/** A response as received over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/**
 * Sends arbitrary bytes to a server, and reads the whole response until it closes the connection.
 *
 * @param url of the server
 * @param request the whole request; lines end with CR LF. For the server to close, it says
 * `Connection: close`
 * @param ends half-closes the connection after the request
 */
export async function sendRaw(
  url: string,
  request: string | Buffer,
  ends = false,
): Promise<RawAnswer[]> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A server that refuses early may reset the connection: what it sent before counts.
  socket.on('error', () => undefined);
  if (ends) socket.end(request);
  else socket.write(request);
  await once(socket, 'close');
  return parse(Buffer.concat(chunks).toString('latin1'));
}

function parse(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let rest = text; rest !== ''; ) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) throw new Error(`no HTTP: ${rest.slice(0, 200)}`);
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = new Headers(
      lines.map((line) => {
        const [name = '', ...value] = line.split(':');
        return [name, value.join(':').trim()] as [string, string];
      }),
    );
    const status = Number(first.split(' ')[1]);
    const body = rest.slice(end + 4);
    const hasNone = status < 200 || status === 204 || status === 304;
    const length = hasNone ? 0 : Number(headers.get('content-length') ?? body.length);
    answers.push({ status, headers, body: body.slice(0, length) });
    rest = body.slice(length);
  }
  return answers.filter(({ status }) => status >= 200);
}
