import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fromSettings,
  newSaleSchema,
  saleChangeSchema,
  toSettings,
  toSettingsChange,
} from '../../src/api/schemas/sale.ts';
import { fromRow, toColumns } from '../../src/db/sale-row.ts';
import { loadEntryOf } from '../../src/domain/entry.ts';
import { HOLD_LIMIT_MAX, HOLD_SECONDS_MAX, MAX_STOCK } from '../../src/domain/sale.ts';
import {
  DEFAULT_SETTINGS,
  fromEdited,
  fromLoaded,
  isFrozenByOpening,
  PRODUCT_CHANGES,
  type SaleRules,
  type SaleSettings,
  SETTING_CHANGES,
  type SettingsChange,
  toEdited,
} from '../../src/domain/sale-settings.ts';
import { fromHash, saleHash, toHash } from '../../src/redis/sale-hash.ts';

/** Tickets that may wait in a sale that has a waitlist. */
const WAITLIST_MAX = 1_000;

const timeMs = fc.integer({ min: 0, max: 8_000_000_000_000 });
const secondsMs = (max: number) => fc.integer({ min: 1, max }).map((seconds) => seconds * 1_000);

const members: { readonly [K in keyof SaleSettings]: fc.Arbitrary<SaleSettings[K]> } = {
  name: fc.string({ minLength: 1 }).map((text) => `n${text.replaceAll('\0', '')}`),
  description: fc.string().map((text) => text.replaceAll('\0', '')),
  startsAtMs: timeMs,
  endsAtMs: timeMs,
  perBuyerLimit: fc.integer({ min: 1, max: MAX_STOCK }),
  holdMs: secondsMs(HOLD_SECONDS_MAX),
  offerMs: fc.option(secondsMs(HOLD_SECONDS_MAX)),
  holdLimit: fc.option(
    fc.record({ count: fc.integer({ min: 1, max: HOLD_LIMIT_MAX }), windowMs: secondsMs(604_800) }),
  ),
  waitlistMax: fc.constantFrom(0, WAITLIST_MAX),
  challenge: fc.boolean(),
  timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kolkata'),
};
const settings: fc.Arbitrary<SaleSettings> = fc.record(members);
const { waitlistMax: _, challenge: __, ...changeable } = members;
const change = fc.record(changeable, { requiredKeys: [] });
const NAMES = Object.keys(SETTING_CHANGES) as (keyof SaleSettings)[];

/** The field of the API that each setting is. */
const WIRE_NAMES = Object.fromEntries(NAMES.map((name) => [name, wireNameOf(name)]));

const rulesOf = (sale: SaleSettings): SaleRules => {
  const { name, description, challenge, offerMs, timeZone, ...rules } = sale;
  return rules;
};
const parsed = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe('settings of a sale come back whole', () => {
  it('from the row', () => {
    fc.assert(
      fc.property(settings, (sale) => {
        expect(fromRow(toColumns(sale))).toEqual(sale);
      }),
    );
  });

  it('from the hash in Redis, whose values are texts', () => {
    const marks = { closed: '', offering: true, isInPart: true };
    const state = { ...marks, line: 3, waiting: 1, products: [] };
    fc.assert(
      fc.property(settings.map(rulesOf), (rules) => {
        const hash = saleHash(rules, state);
        const texts = Object.entries(hash).map(([field, value]) => [field, Number(String(value))]);
        expect(fromHash(Object.fromEntries(texts))).toEqual(rules);
      }),
    );
  });

  it('from the entry of the first load', () => {
    fc.assert(
      fc.property(settings.map(rulesOf), (rules) => {
        expect(fromLoaded(parsed(loadEntryOf('s', rules, [1])))).toEqual(rules);
      }),
    );
  });

  it('from the words of the API, which take them', () => {
    const product = { name: 'P', amount: 100, currency: 'eur', stock: 1 };
    fc.assert(
      fc.property(settings, (sale) => {
        const shown = parsed(fromSettings(sale));
        expect(shown.offerSeconds).toBe((sale.offerMs ?? sale.holdMs) / 1_000);
        // It shows how long an offer lasts, and takes null for as long as any other hold.
        const wire = sale.offerMs === null ? { ...shown, offerSeconds: null } : shown;
        expect(toSettings(wire, WAITLIST_MAX)).toEqual(sale);
        const { products, ...read } = newSaleSchema.parse({ ...wire, products: [product] });
        expect(read).toEqual(wire);
      }),
    );
  });
});

describe('changed settings come back, and nothing beside them', () => {
  const wireOf = (some: SettingsChange, sale: SaleSettings) => {
    const shown = fromSettings({ ...sale, ...some });
    const wire: Record<string, unknown> =
      some.offerMs === null ? { ...shown, offerSeconds: null } : shown;
    const names = NAMES.filter((name) => name in some).map((name) => WIRE_NAMES[name] ?? '');
    return Object.fromEntries(names.map((name) => [name, wire[name]]));
  };

  it('from the entry of an edit', () => {
    fc.assert(
      fc.property(change, (some) => {
        expect(fromEdited(parsed(toEdited(some)))).toEqual(some);
      }),
    );
  });

  it('from the words of the API', () => {
    fc.assert(
      fc.property(change, settings, (some, sale) => {
        const wire = wireOf(some, sale);
        expect(toSettingsChange(wire)).toEqual(some);
        if (Object.keys(wire).length > 0) expect(saleChangeSchema.parse(wire)).toEqual(wire);
      }),
    );
  });

  it('from the columns and fields that they set, beside those of the others', () => {
    fc.assert(
      fc.property(change, settings, (some, sale) => {
        expect(fromRow({ ...toColumns(sale), ...toColumns(some) })).toEqual({ ...sale, ...some });
        const rules = rulesOf(sale);
        const after = rulesOf({ ...sale, ...some });
        expect(fromHash({ ...toHash(rules), ...toHash(some) })).toEqual(after);
      }),
    );
  });
});

describe('the bytes of entries, which the log hashes (I10)', () => {
  const times = { startsAtMs: 1, endsAtMs: 2, holdMs: 4_000 };
  const rules: SaleRules = { ...DEFAULT_SETTINGS, ...times, perBuyerLimit: 3 };
  const start = '{"k":"load","sale":"s","starts":1,"ends":2,"limit":3,"holdMs":4000,"stock":[5]';

  it('of a load', () => {
    expect(JSON.stringify(loadEntryOf('s', rules, [5]))).toBe(`${start}}`);
    const holdLimit = { count: 7, windowMs: 8_000 };
    const limited = loadEntryOf('s', { ...rules, waitlistMax: 6, holdLimit }, [5]);
    expect(JSON.stringify(limited)).toBe(
      `${start},"waitlist":6,"holdLimit":{"count":7,"windowMs":8000},"waits":"to_end"}`,
    );
  });

  it('of an edit', () => {
    const wire = {
      holdLimit: { windowSeconds: 8, count: 7 },
      ...{ holdSeconds: 4, perBuyerLimit: 3, endsAt: '1970-01-01T01:00:00.002+01:00' },
      ...{ startsAt: '1970-01-01T00:00:00.001Z', description: 'd', name: 'n' },
    };
    expect(JSON.stringify(toEdited(toSettingsChange(wire)))).toBe(
      '{"name":"n","description":"d","starts":1,"ends":2,"limit":3,"holdMs":4000,' +
        '"holdLimit":{"count":7,"windowMs":8000}}',
    );
    const lifted = toSettingsChange({ offerSeconds: null, holdLimit: null });
    expect(JSON.stringify(toEdited(lifted))).toBe('{"holdLimit":null,"offerMs":null}');
    expect(JSON.stringify(toEdited(toSettingsChange({ offerSeconds: 5 })))).toBe(
      '{"offerMs":5000}',
    );
  });
});

describe('what may change when', () => {
  const wireChanges = new Map<string, string>([
    ...NAMES.map((name) => [WIRE_NAMES[name] ?? '', SETTING_CHANGES[name]] as const),
    ...Object.entries(PRODUCT_CHANGES),
  ]);

  it('is what the API takes', () => {
    const can = NAMES.filter((name) => SETTING_CHANGES[name] !== 'never');
    const fields = [...can.map((name) => WIRE_NAMES[name] ?? ''), 'products'];
    expect(Object.keys(saleChangeSchema.shape).sort()).toEqual(fields.sort());
    const product = saleChangeSchema.shape.products.unwrap().element;
    expect(Object.keys(product.shape)).toEqual(['id', ...Object.keys(PRODUCT_CHANGES)]);
  });

  it('is what the API refuses once a sale has opened', () => {
    expect(isFrozenByOpening({ startsAtMs: 1 }, [])).toBe(true);
    expect(isFrozenByOpening({ name: 'n', holdMs: 1 }, [{ name: 'n' }])).toBe(false);
    expect(isFrozenByOpening({}, [{}, { currency: 'usd' }])).toBe(true);
    expect(isFrozenByOpening({}, [{ amount: undefined, description: '' }])).toBe(false);
  });

  it('is what docs/selling.md says', () => {
    const page = readFileSync('docs/selling.md', 'utf8');
    const table = page.slice(page.indexOf('## What may change when'));
    const said = new Map<string, string>();
    for (const line of table.slice(0, table.indexOf('\n\n', table.indexOf('|'))).split('\n')) {
      const [, what = '', before = '', open = ''] = line.split('|').map((cell) => cell.trim());
      const until = before.startsWith('never')
        ? 'never'
        : open.startsWith('no')
          ? 'upcoming'
          : 'open';
      for (const [, name = ''] of what.matchAll(/`(\w+)`/g)) said.set(name, until);
    }
    expect([...said].sort()).toEqual([...wireChanges].sort());
  });
});

/** The field that differs where the setting does. */
function wireNameOf(name: keyof SaleSettings): string {
  const [sample, ...others] = fc.sample(settings, 100);
  // Without a time of their own, what is shown of offers differs with the time of holds.
  const first = sample && { ...sample, offerMs: 1_500_000_000 };
  const other = others.find((one) => !isDeepStrictEqual(one[name], first?.[name]));
  if (first === undefined || other === undefined) throw new Error(`${name} never differs`);
  const [was, is] = [fromSettings(first), fromSettings({ ...first, [name]: other[name] })];
  const fields = (Object.keys(was) as (keyof typeof was)[]).filter(
    (field) => !isDeepStrictEqual(was[field], is[field]),
  );
  expect(fields).toHaveLength(1);
  return fields[0] ?? '';
}
