import { describe, expect, it } from 'vitest';
import { RulesCheck } from '../../src/proof/check-rules.ts';
import { parsePromise } from '../../src/proof/promise.ts';
import { verifyLog } from '../../src/proof/verify.ts';

const DECIDE = { k: 'decide', job: 1, line: 0, out: 'H', batch: { uid: 'u', sale: 's', at: 1 } };

const namesOf = (leaf: string) => {
  const rules = new RulesCheck(['u.0']);
  rules.take(new TextEncoder().encode(leaf), 0);
  return { names: rules.findings.map(({ name }) => name), found: rules.find('u.0') };
};

describe('what a hostile log has', () => {
  it('a leaf of two forms is none: a ticket in it was not replayed', () => {
    const batch = { ...DECIDE.batch, pos: 1, t: [['b', '0:1']] };
    const entry = { ...DECIDE, batch };
    const text = JSON.stringify({ k: 'load', sale: 's', starts: 0, ends: 1, limit: 1, stock: [] });
    const leaf = JSON.stringify({ seq: 1, part: 0, of: 1, text, entry });
    expect(namesOf(leaf)).toEqual({ names: ['leaf_malformed'], found: undefined });
  });

  it('a leaf nested too deep is found, not thrown', () => {
    const deep = '['.repeat(30_000) + ']'.repeat(30_000);
    const load = { k: 'load', sale: 's', starts: 0, ends: 1, limit: 1, stock: [1] };
    const rules = new RulesCheck();
    const take = (text: string, i: number) => rules.take(new TextEncoder().encode(text), i);
    take(JSON.stringify({ seq: 1, entry: load }), 0);
    take(
      `{"seq":2,"entry":{"k":"restock","sale":"s","index":0,"delta":1,"key":"","x":${deep}}}`,
      1,
    );
    expect(rules.findings).toHaveLength(1);
  });

  it('a checkpoint that claims more leaves than any memory has', async () => {
    const root = new Uint8Array(32).toBase64();
    const note = `o\n9000000000000000\n${root}\n\n— o ${new Uint8Array(68).toBase64()}\n`;
    const read = async (path: string) =>
      path === 'checkpoint' ? new TextEncoder().encode(note) : undefined;
    const { findings } = await verifyLog({ read }, { keys: [], nowMs: 0 });
    expect(findings.map(({ name }) => name)).toEqual(['signature_wrong', 'log_incomplete']);
  });

  it('a promise without a time is none', () => {
    const text = 'Fairline: a promise\nlog o\nsale s\nticket t\nposition 1\naccepted never\n';
    expect(parsePromise(text)).toBeUndefined();
  });
});
