import type { LogCounts } from '../domain/log-counts.ts';
import { fromBase64 } from './base64.ts';
import { type LoggedTicket, RulesCheck, ticketsOf } from './check-rules.ts';
import {
  type Checkpoint,
  originOf,
  parseCheckpoint,
  parseSignedCheckpoint,
  withoutNumber,
} from './checkpoint.ts';
import type { Finding, FindingName } from './findings.ts';
import { GrowingTree } from './growing-tree.ts';
import { decodeLeaf } from './leaf.ts';
import { equalHashes, type Hash, leafHash, rootByInclusion, splitHashes } from './merkle.ts';
import { isSignedBy, type Note, parseNote, type VerifierKey } from './note.ts';
import { parsePromise, type TicketPromise } from './promise.ts';
import { parseBundle, TILE_HEIGHT, tilePath, tilesOf } from './tile.ts';

/** Where a log is read from: a URL or a folder. */
export interface LogSource {
  /** The content below the log's prefix; undefined when there is none. */
  read(path: string): Promise<Uint8Array | undefined>;
}

/** What a buyer kept, see the API's receipt. */
export interface Receipt {
  readonly ticketTag: string;
  readonly promise?: string | undefined;
  readonly leafIndex?: number | undefined;
  readonly leaf?: string | undefined;
  readonly inclusion?: readonly string[] | undefined;
  readonly checkpoint?: string | undefined;
}

export interface VerifyOptions {
  /** The keys of the shop, one of which has signed. */
  readonly keys: readonly VerifierKey[];
  /** The sale whose log it is to be; whatever it is of when left out. */
  readonly sale?: string;
  /** Witnesses that may have cosigned. */
  readonly witnesses?: readonly VerifierKey[];
  /** Checkpoints of this log that somebody kept: signed notes. */
  readonly kept?: readonly string[];
  readonly receipts?: readonly Receipt[];
  /** What the shop says that the log has. */
  readonly counts?: LogCounts;
  /** The time now, in ms since the epoch: a promise may not be kept yet. */
  readonly nowMs: number;
  /** Called after each bundle of entries, with how many leaves were read. */
  readonly onProgress?: (leaves: number, of: number) => Promise<void> | void;
}

/** What became of a receipt. */
export interface ReceiptVerdict {
  readonly ticket: string;
  readonly promise: TicketPromise | undefined;
  /** Where the ticket is; undefined when it is not in the log. */
  readonly found: LoggedTicket | undefined;
  /** Not in the log, and that may still be right. */
  readonly isPending: boolean;
}

/** What was found. */
export interface Verdict {
  /** Undefined when there is no checkpoint that can be read. */
  readonly checkpoint: Checkpoint | undefined;
  readonly findings: readonly Finding[];
  /** The log before, where this one had to begin anew. */
  readonly follows: { readonly origin: string; readonly size: number } | undefined;
  /** Witnesses whose cosignature is right. */
  readonly cosignedBy: readonly string[];
  readonly counts: LogCounts;
  readonly lineNumber: number;
  readonly entries: number;
  /** The decisions in order of their line numbers, a letter each. */
  readonly outcomes: string;
  readonly receipts: readonly ReceiptVerdict[];
}

/** A promise is overdue when a ticket that came so much later is in the log, in ms. */
const LATER_MS = 60_000;

/** Or when it is so old, in ms. */
const OLD_MS = 600_000;

/**
 * Checks a public log from its first leaf on: signatures, hashes, the rules of the sale, and what
 * others kept of it. It needs nothing but what is public.
 *
 * @throws what the source throws when it cannot be read
 */
export async function verifyLog(source: LogSource, options: VerifyOptions): Promise<Verdict> {
  return new Verification(source, options).run();
}

class Verification {
  readonly #source: LogSource;
  readonly #options: VerifyOptions;
  readonly #findings: Finding[] = [];
  readonly #rules: RulesCheck;
  readonly #tree = new GrowingTree();
  /** The hashes at the levels that tiles have, from the leaves up. */
  readonly #levels: Hash[][] = [];
  readonly #kept: (Checkpoint & { readonly where: string })[] = [];
  #follows: Verdict['follows'];

  constructor(source: LogSource, options: VerifyOptions) {
    this.#source = source;
    this.#options = options;
    this.#rules = new RulesCheck(options.receipts?.map(({ ticketTag }) => ticketTag));
  }

  async run(): Promise<Verdict> {
    const note = parseNote(await this.#readText('checkpoint'));
    const checkpoint = note && parseCheckpoint(note.text);
    if (note === undefined || checkpoint === undefined) {
      this.#find('checkpoint_malformed', 'checkpoint');
      return this.#verdict(undefined, []);
    }
    if (!(await this.#isOurs(note))) this.#find('signature_wrong', 'checkpoint');
    this.#compareSale(checkpoint.origin);
    await this.#takeKept(checkpoint);
    await this.#readLeaves(checkpoint);
    const { size, root } = checkpoint;
    const isWhole = this.#tree.size === size;
    if (isWhole) await this.#compareTiles(size);
    if (isWhole && !equalHashes(this.#tree.root(), root)) this.#find('root_wrong', `size ${size}`);
    this.#compareCounts();
    const cosigners = await this.#cosigners(note);
    const receipts = await this.#checkReceipts(checkpoint.origin);
    return { ...this.#verdict(checkpoint, receipts), cosignedBy: cosigners };
  }

  /** A log of another sale, or of another shop, proves nothing of this one. */
  #compareSale(origin: string): void {
    const { sale, keys } = this.#options;
    if (sale === undefined) return;
    const origins = keys.map(({ name }) => originOf(name, sale, 1));
    if (!origins.includes(withoutNumber(origin))) this.#find('origin_wrong', `it is of ${origin}`);
  }

  #find(name: FindingName, where: string): void {
    this.#findings.push({ name, where });
  }

  #verdict(checkpoint: Checkpoint | undefined, receipts: ReceiptVerdict[]): Verdict {
    const { counts, lineNumber, entries, outcomes, findings } = this.#rules;
    return {
      checkpoint,
      findings: [...this.#findings, ...findings],
      follows: this.#follows,
      cosignedBy: [],
      ...{ counts, lineNumber, entries, receipts },
      outcomes: outcomes.join(''),
    };
  }

  async #isOurs(note: Note): Promise<boolean> {
    const signed = this.#options.keys.map((key) => isSignedBy(note, key));
    return (await Promise.all(signed)).includes(true);
  }

  async #cosigners(note: Note): Promise<string[]> {
    const { witnesses = [] } = this.#options;
    const signed = await Promise.all(witnesses.map((key) => isSignedBy(note, key)));
    return witnesses.flatMap(({ name }, i) => (signed[i] ? [name] : []));
  }

  /** Checkpoints that were kept, from receipts too, and are signed: the log must continue them. */
  async #takeKept({ origin, size, root }: Checkpoint): Promise<void> {
    const { kept = [], receipts = [] } = this.#options;
    const ofReceipts = receipts.flatMap(({ checkpoint }) => checkpoint ?? []);
    for (const text of [...kept, ...ofReceipts]) {
      const note = parseNote(text);
      const one = note && parseCheckpoint(note.text);
      const where = `the kept checkpoint of size ${one?.size}`;
      if (note === undefined || one === undefined) {
        this.#find('checkpoint_malformed', 'a checkpoint that was kept');
      } else if (!(await this.#isOurs(note))) {
        this.#find('signature_wrong', where);
      } else if (one.origin !== origin) {
        this.#find('origin_wrong', `${where} is of ${one.origin}`);
      } else if (one.size === size && !equalHashes(one.root, root)) {
        this.#find('split_view', `${where} has another root`);
      } else {
        this.#kept.push({ ...one, where });
      }
    }
  }

  async #readLeaves({ size }: Checkpoint): Promise<void> {
    this.#compareKept();
    for (const tile of tilesOf('entries', size)) {
      const path = tilePath(tile);
      const leaves = await this.#readEntries(path);
      if (leaves?.length !== tile.width) {
        this.#find('log_incomplete', path);
        return;
      }
      for (const leaf of leaves) this.#takeLeaf(leaf);
      await this.#options.onProgress?.(this.#tree.size, size);
    }
    this.#rules.end();
  }

  async #readEntries(path: string): Promise<Uint8Array[] | undefined> {
    const bundle = await this.#source.read(path);
    try {
      return bundle && parseBundle(bundle);
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  #takeLeaf(leaf: Uint8Array): void {
    const index = this.#tree.size;
    const hash = leafHash(leaf);
    this.#levelAt(0).push(hash);
    this.#tree.append(hash, (node) => {
      if (node.level % TILE_HEIGHT === 0) this.#levelAt(node.level / TILE_HEIGHT).push(node.hash);
    });
    this.#rules.take(leaf, index);
    if (index === 0) this.#readBeginning(leaf);
    this.#compareKept();
  }

  #levelAt(level: number): Hash[] {
    const known = this.#levels[level] ?? [];
    this.#levels[level] = known;
    return known;
  }

  #readBeginning(bytes: Uint8Array): void {
    try {
      const leaf = decodeLeaf(bytes);
      if ('follows' in leaf) this.#follows = leaf.follows;
    } catch (error) {
      // The rules have found it.
      if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
    }
  }

  /** At the size of a checkpoint that was kept, the log must have had its root. */
  #compareKept(): void {
    for (const { size, root, where } of this.#kept) {
      if (size !== this.#tree.size || equalHashes(root, this.#tree.root())) continue;
      this.#find('split_view', where);
    }
  }

  async #compareTiles(size: number): Promise<void> {
    for (const [level, hashes] of this.#levels.entries()) {
      for (const tile of tilesOf(level, size)) {
        const path = tilePath(tile);
        const bytes = await this.#source.read(path);
        if (bytes === undefined) {
          this.#find('log_incomplete', path);
          continue;
        }
        const from = tile.index * 2 ** TILE_HEIGHT;
        const own = hashes.slice(from, from + tile.width);
        const theirs = splitHashes(bytes);
        const isSame = theirs.length === own.length && own.every((h, i) => sameAt(theirs, i, h));
        if (!isSame) this.#find('tile_changed', path);
      }
    }
    for (const { size: kept, where } of this.#kept) {
      if (kept > size) this.#find('split_view', `${where}: the log has only ${size}`);
    }
  }

  #compareCounts(): void {
    const { counts } = this.#options;
    if (counts == null || this.#rules.findings.length > 0) return;
    for (const [name, count] of Object.entries(this.#rules.counts)) {
      const theirs = counts[name as keyof LogCounts];
      if (theirs !== count) this.#find('counts_wrong', `${name}: ${theirs}, the log has ${count}`);
    }
  }

  async #checkReceipts(origin: string): Promise<ReceiptVerdict[]> {
    const verdicts = [];
    for (const receipt of this.#options.receipts ?? []) {
      verdicts.push(await this.#checkReceipt(receipt, origin));
    }
    return verdicts;
  }

  async #checkReceipt(receipt: Receipt, origin: string): Promise<ReceiptVerdict> {
    this.#checkInclusion(receipt);
    const ticket = receipt.ticketTag;
    const where = `ticket ${ticket}`;
    const found = this.#rules.find(ticket);
    const note = receipt.promise === undefined ? undefined : parseNote(receipt.promise);
    const promise = note && parsePromise(note.text);
    if (note === undefined || promise === undefined || promise.ticket !== ticket) {
      this.#find('promise_malformed', where);
      return { ticket, promise: undefined, found, isPending: false };
    }
    if (!(await this.#isOurs(note))) this.#find('promise_unsigned', where);
    if (withoutNumber(promise.origin) !== withoutNumber(origin)) {
      this.#find('origin_wrong', `${where} was promised a place in ${promise.origin}`);
      return { ticket, promise, found, isPending: false }; // nothing of it is to be found here
    }
    const acceptedMs = Date.parse(promise.acceptedAt);
    if (found === undefined) {
      const isOverdue =
        this.#rules.lastAcceptedMs > acceptedMs + LATER_MS ||
        this.#options.nowMs > acceptedMs + OLD_MS;
      if (isOverdue) this.#find('promise_broken', where);
      return { ticket, promise, found, isPending: !isOverdue };
    }
    if (found.position !== promise.position || found.acceptedAtMs !== acceptedMs) {
      const was = `${found.position} at ${found.acceptedAtMs} ms`;
      this.#find('promise_moved', `${where}: place ${was}`);
    }
    return { ticket, promise, found, isPending: false };
  }

  #checkInclusion({ ticketTag, leafIndex, leaf, inclusion, checkpoint }: Receipt): void {
    if (leaf === undefined || leafIndex === undefined || checkpoint === undefined) return;
    const to = parseSignedCheckpoint(checkpoint);
    if (to === undefined) return; // that it is malformed was found with those that were kept
    const proof = (inclusion ?? []).flatMap((text) => fromBase64(text) ?? []);
    const hash = leafHash(new TextEncoder().encode(leaf));
    try {
      const root = rootByInclusion(hash, { index: leafIndex, size: to.size, proof });
      if (equalHashes(root, to.root) && hasTicket(leaf, ticketTag)) return;
    } catch (error) {
      const isHostile = error instanceof TypeError || error instanceof SyntaxError;
      if (!(error instanceof RangeError || isHostile)) throw error;
    }
    this.#find('inclusion_wrong', `ticket ${ticketTag}`);
  }

  async #readText(path: string): Promise<string> {
    return new TextDecoder().decode(await this.#source.read(path));
  }
}

/** Whether a leaf has the ticket. */
function hasTicket(text: string, ticket: string): boolean {
  const leaf = decodeLeaf(new TextEncoder().encode(text));
  return ticketsOf(leaf, 0).some(([name]) => name === ticket);
}

function sameAt(hashes: readonly Hash[], index: number, hash: Hash): boolean {
  const other = hashes[index];
  return other !== undefined && equalHashes(other, hash);
}
