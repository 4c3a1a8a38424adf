import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Witness } from './witness.ts';

/** Longest request: a proof of 63 hashes and a checkpoint with some signatures. */
const BODY_MAX = 16_384;

/** The HTTP server of a witness: `POST /add-checkpoint`. */
export function createWitnessServer(witness: Witness): Server {
  return createServer((request, response) => {
    answer(witness, request, response).catch((error: unknown) => {
      console.error('a checkpoint could not be looked at:', error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
}

async function answer(
  witness: Witness,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST' || request.url !== '/add-checkpoint') {
    response.writeHead(404).end('POST /add-checkpoint is all there is\n');
    return;
  }
  const body = await readBody(request);
  if (body === undefined) {
    response.writeHead(413).end('the request is too long\n');
    return;
  }
  const { status, text, isSize } = await witness.add(body);
  const type = isSize ? 'text/x.tlog.size' : 'text/plain; charset=utf-8';
  response.writeHead(status, { 'content-type': type }).end(text);
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
