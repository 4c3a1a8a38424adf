import type { BatchTicket, DecideEntry, Entry, EntryKind, EntryOf } from '../domain/entry.ts';
import { formatRef, parseRef } from '../domain/ticket.ts';

/**
 * What is replaced by a tag in the public log: it says who somebody is, or could be looked up
 * elsewhere.
 */
type TagKind = 'buyer' | 'key' | 'origin' | 'payment' | 'refund' | 'restock';

/** The tag of a value: equal where equal, meaningless outside. The empty text has the tag ''. */
export type Tag = (kind: TagKind, value: string) => string;

/** A skip is of no sale: no public log has it. */
type PublicKind = Exclude<EntryKind, 'skip'>;
export type PublicEntry = EntryOf<PublicKind>;

/**
 * A leaf of a sale's public log, as JSON without spaces, in UTF-8: one entry of the journal, or a
 * part of one. The members of `entry` are those of `src/domain/entry.ts`, in this order.
 */
export type Leaf = EntryLeaf | PartLeaf | TextLeaf | BeginLeaf;

/** An entry. */
interface EntryLeaf {
  readonly seq: number;
  readonly entry: PublicEntry;
}

/**
 * Some tickets of a batch that is too long for one leaf: `entry` has those from index `from` on, of
 * `of`, with their outcomes; its `line` is the line number before the first of them.
 */
export interface PartLeaf {
  readonly seq: number;
  readonly from: number;
  readonly of: number;
  readonly entry: DecideEntry;
}

/** A piece of the JSON of another entry that is too long: piece `part`, from 0, of `of`. */
export interface TextLeaf {
  readonly seq: number;
  readonly part: number;
  readonly of: number;
  readonly text: string;
}

/**
 * The first leaf of a log that had to begin anew, because the database was restored to an older
 * state: the last checkpoint of the log before it, which cannot be continued.
 */
interface BeginLeaf {
  readonly follows: { readonly origin: string; readonly size: number; readonly root: string };
}

/** Longest JSON of an entry in one leaf, in UTF-16 units: at most three bytes each in UTF-8. */
const JSON_MAX = 16_000;

/** An entry as it stands in the public log. */
export function publicEntry(entry: PublicEntry, tag: Tag): PublicEntry {
  return publicOf(entry.k, entry, tag);
}

const AS_IT_IS = <E>(entry: E): E => entry;

/** What is replaced in an entry, by its kind. */
const PUBLIC: {
  readonly [K in PublicKind]: (entry: EntryOf<K>, tag: Tag) => EntryOf<K>;
} = {
  load: AS_IT_IS,
  decide: publicDecide,
  release: AS_IT_IS,
  offer: AS_IT_IS,
  leave: AS_IT_IS,
  close: AS_IT_IS,
  product: AS_IT_IS,
  edit: AS_IT_IS,
  restock: (entry, tag) => ({ ...entry, key: tag('restock', entry.key) }),
  pay: (entry, tag) => ({ ...entry, payment: tag('payment', entry.payment) }),
  confirm: AS_IT_IS,
  refund: AS_IT_IS,
  return: (entry, tag) => ({ ...entry, refund: tag('refund', entry.refund) }),
  archive: AS_IT_IS,
  restore: AS_IT_IS,
};

function publicOf<K extends PublicKind>(kind: K, entry: EntryOf<K>, tag: Tag): EntryOf<K> {
  return PUBLIC[kind](entry, tag);
}

function publicDecide({ batch, refs, ...entry }: DecideEntry, tag: Tag): DecideEntry {
  const { rid, ...others } = batch; // a request's id is its sender's
  const t = batch.t.map((ticket) => publicTicket(ticket, tag));
  if (refs === undefined) return { ...entry, batch: { ...others, t } };
  const tagged = Object.entries(refs).map(([index, text]) => {
    const ref = parseRef(text);
    return [index, formatRef({ ...ref, key: tag('key', ref.key) })];
  });
  return { ...entry, refs: Object.fromEntries(tagged), batch: { ...others, t } };
}

function publicTicket([buyer, items, key, origin]: BatchTicket, tag: Tag): BatchTicket {
  const who = tag('buyer', buyer);
  if (key === undefined) return [who, items];
  if (origin === undefined) return [who, items, tag('key', key)];
  const origins = origin.split(',').map((hash) => tag('origin', hash));
  return [who, items, tag('key', key), origins.join(',')];
}

/** The leaves of an entry: one, or several where it is too long for one. */
export function leavesOf(seq: number, entry: PublicEntry): Uint8Array[] {
  if (JSON.stringify(entry).length <= JSON_MAX) return [encodeLeaf({ seq, entry })];
  return (entry.k === 'decide' ? partsOf(seq, entry) : piecesOf(seq, entry)).map(encodeLeaf);
}

/** A leaf as its bytes. */
export function encodeLeaf(leaf: Leaf): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(leaf));
}

function partsOf(seq: number, entry: DecideEntry): PartLeaf[] {
  const of = entry.out.length;
  const cut = (from: number, to: number): PartLeaf[] => {
    const part = { seq, from, of, entry: cutBatch(entry, from, to) };
    if (to - from === 1 || JSON.stringify(part.entry).length <= JSON_MAX) return [part];
    const middle = Math.ceil((from + to) / 2);
    return [...cut(from, middle), ...cut(middle, to)];
  };
  return cut(0, of);
}

/** The tickets of a batch from one index to before another, as an entry. */
function cutBatch(entry: DecideEntry, from: number, to: number): DecideEntry {
  const { refs, batch, ...others } = entry;
  const repeats = [...entry.out.slice(0, from)].filter((letter) => letter === 'R').length;
  const kept = Object.entries(refs ?? {}).filter(([i]) => from <= Number(i) && Number(i) < to);
  return {
    ...others,
    line: entry.line + from - repeats,
    out: entry.out.slice(from, to),
    ...(kept.length === 0 ? {} : { refs: Object.fromEntries(kept) }),
    batch: { ...batch, t: batch.t.slice(from, to) },
  };
}

function piecesOf(seq: number, entry: PublicEntry): TextLeaf[] {
  const text = JSON.stringify(entry);
  const characters = [...text]; // no cut inside one
  const pieces = Array.from({ length: Math.ceil(characters.length / JSON_MAX) }, (_, i) =>
    characters.slice(i * JSON_MAX, (i + 1) * JSON_MAX).join(''),
  );
  return pieces.map((piece, part) => ({ seq, part, of: pieces.length, text: piece }));
}

/**
 * A leaf from its bytes.
 *
 * @throws SyntaxError when they are no JSON, TypeError when it has not the members of a leaf
 */
export function decodeLeaf(bytes: Uint8Array): Leaf {
  const leaf: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  if (typeof leaf !== 'object' || leaf === null) throw new TypeError('a leaf is an object');
  const isEntry = 'seq' in leaf && ('entry' in leaf || 'text' in leaf);
  // One form only, or what is looked for in a leaf would not be what is replayed of it.
  const forms = ['entry', 'text', 'follows'].filter((name) => Object.hasOwn(leaf, name));
  if (forms.length !== 1 || (!isEntry && !('follows' in leaf))) throw new TypeError('not a leaf');
  if (isEntry && !Number.isSafeInteger(leaf.seq)) throw new TypeError('seq is no number');
  return leaf as Leaf;
}

/** An entry as it was put together from its leaves. */
export interface LoggedEntry {
  readonly seq: number;
  readonly entry: PublicEntry;
}

/**
 * Puts entries together again from leaves, which are to be taken in order.
 */
export class LeafReader {
  #parts: PartLeaf[] = [];
  #pieces: TextLeaf[] = [];

  /** Whether the last entry is not whole: the next leaf continues it. */
  get isInside(): boolean {
    return this.#parts.length + this.#pieces.length > 0;
  }

  /**
   * Takes the next leaf.
   *
   * @returns the entry that it completes, if it does
   * @throws TypeError when it does not continue what came before it
   */
  take(leaf: Leaf): LoggedEntry | undefined {
    const [part] = this.#parts;
    const [piece] = this.#pieces;
    if (part !== undefined && !('from' in leaf))
      throw new TypeError('a part of a batch is missing');
    if (piece !== undefined && !('text' in leaf))
      throw new TypeError('a part of an entry is missing');
    if ('text' in leaf) return this.#takePiece(leaf);
    if ('from' in leaf) return this.#takePart(leaf);
    return 'entry' in leaf ? { seq: leaf.seq, entry: leaf.entry } : undefined;
  }

  #takePart(leaf: PartLeaf): LoggedEntry | undefined {
    const [first = leaf] = this.#parts;
    const had = this.#parts.reduce((sum, { entry }) => sum + entry.out.length, 0);
    if (leaf.seq !== first.seq || leaf.of !== first.of || leaf.from !== had) {
      throw new TypeError('a part of a batch is missing');
    }
    this.#parts.push(leaf);
    const has = had + leaf.entry.out.length;
    if (!(has <= leaf.of)) throw new TypeError('a batch has more parts than it says');
    if (has < leaf.of) return undefined;
    const entry = joinBatch(this.#parts.map((part) => part.entry));
    this.#parts = [];
    return { seq: leaf.seq, entry };
  }

  #takePiece(leaf: TextLeaf): LoggedEntry | undefined {
    const [first = leaf] = this.#pieces;
    if (leaf.seq !== first.seq || leaf.of !== first.of || leaf.part !== this.#pieces.length) {
      throw new TypeError('a part of an entry is missing');
    }
    this.#pieces.push(leaf);
    if (this.#pieces.length < leaf.of) return undefined;
    const text = this.#pieces.map((piece) => piece.text).join('');
    this.#pieces = [];
    return { seq: leaf.seq, entry: JSON.parse(text) as PublicEntry };
  }
}

function joinBatch(parts: readonly DecideEntry[]): DecideEntry {
  const [first] = parts;
  if (first === undefined) throw new TypeError('there are no parts');
  const { refs: _, ...others } = first;
  const refs = Object.assign({}, ...parts.map((part) => part.refs ?? {}));
  return {
    ...others,
    out: parts.map(({ out }) => out).join(''),
    ...(Object.keys(refs).length === 0 ? {} : { refs }),
    batch: { ...first.batch, t: parts.flatMap(({ batch }) => batch.t) },
  };
}

/** Whether an entry of the journal has a place in a public log. */
export function isPublic(entry: Entry): entry is PublicEntry {
  return entry.k !== 'skip';
}
