import { isIP } from 'node:net';
import { isLoopbackAddress, isPublicAddress } from './addresses.ts';

/** Whether webhooks may go to hosts that are not on the public internet: WEBHOOK_ALLOW_LOCAL. */
export interface WebhookPolicy {
  readonly allowLocal: boolean;
}

/** What is wrong with the URL of an endpoint, for its seller; undefined when it is valid. */
export function refuseUrl(text: string, policy: WebhookPolicy): string | undefined {
  const url = URL.parse(text);
  if (url === null) return 'must be a URL';
  const { protocol } = url;
  if (url.username !== '' || url.password !== '') return 'must not have a user or a password';
  if (protocol !== 'https:' && protocol !== 'http:') return 'must begin with https://';
  const host = hostOf(url);
  const address = host === 'localhost' ? '127.0.0.1' : host;
  if (isIP(address) !== 0) return isAllowed(address, protocol, policy) ? undefined : HTTPS_PUBLIC;
  if (protocol === 'http:') return HTTPS_PUBLIC;
  return undefined; // what a name resolves to is checked at every call
}

const HTTPS_PUBLIC = 'must begin with https:// and lead to an address of the internet';

/**
 * Whether an endpoint may be called at an address: https on the internet; locally also https
 * anywhere, and http here.
 */
export function isAllowed(
  address: string,
  protocol: string,
  { allowLocal }: WebhookPolicy,
): boolean {
  if (protocol === 'http:') return allowLocal && isLoopbackAddress(address);
  return protocol === 'https:' && (allowLocal || isPublicAddress(address));
}

/** The host of a URL as sockets take it: an IPv6 address without its brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
