import type { Migration } from 'kysely/migration';
import * as line from './0001-line.ts';
import * as waitlist from './0002-waitlist.ts';
import * as payments from './0003-payments.ts';
import * as accounts from './0004-accounts.ts';
import * as holdLimit from './0005-hold-limit.ts';
import * as carts from './0006-carts.ts';
import * as retention from './0007-retention.ts';
import * as challenge from './0008-challenge.ts';
import * as historyFacts from './0009-history-facts.ts';
import * as messages from './0010-messages.ts';
import * as adminActions from './0011-admin-actions.ts';
import * as outdatedMessages from './0012-outdated-messages.ts';
import * as deliveryClaims from './0013-delivery-claims.ts';
import * as amounts from './0014-amounts.ts';
import * as refundsInParts from './0015-refunds-in-parts.ts';
import * as offerSeconds from './0016-offer-seconds.ts';
import * as waitlistMessages from './0017-waitlist-messages.ts';
import * as renewals from './0018-renewals.ts';
import * as reachBuyers from './0019-reach-buyers.ts';
import * as timeZone from './0020-time-zone.ts';
import * as archivedSales from './0022-archived-sales.ts';
import * as droppedHistory from './0023-dropped-history.ts';
import * as appendOnlyTrail from './0024-append-only-trail.ts';
import * as saleSecrets from './0025-sale-secrets.ts';
import * as publicLogs from './0026-public-logs.ts';
import * as twoVersions from './0029-two-versions.ts';

/** All migrations by name, in the order of their names. Forward only. */
export const MIGRATIONS: Record<string, Migration> = {
  '0001-line': line,
  '0002-waitlist': waitlist,
  '0003-payments': payments,
  '0004-accounts': accounts,
  '0005-hold-limit': holdLimit,
  '0006-carts': carts,
  '0007-retention': retention,
  '0008-challenge': challenge,
  '0009-history-facts': historyFacts,
  '0010-messages': messages,
  '0011-admin-actions': adminActions,
  '0012-outdated-messages': outdatedMessages,
  '0013-delivery-claims': deliveryClaims,
  '0014-amounts': amounts,
  '0015-refunds-in-parts': refundsInParts,
  '0016-offer-seconds': offerSeconds,
  '0017-waitlist-messages': waitlistMessages,
  '0018-renewals': renewals,
  '0019-reach-buyers': reachBuyers,
  '0020-time-zone': timeZone,
  '0022-archived-sales': archivedSales,
  '0023-dropped-history': droppedHistory,
  '0024-append-only-trail': appendOnlyTrail,
  '0025-sale-secrets': saleSecrets,
  '0026-public-logs': publicLogs,
  '0029-two-versions': twoVersions,
};
