import type { SaleView } from '../src/api/schemas/sale.ts';

/** Ends each answer with a newline. */
const CURL = "curl -sw '\\n'";

export interface WelcomeOptions {
  url: string;
  buyerToken: string;
  adminToken: string;
  adminEmail: string;
  /** Undefined where the environment sets it: the operator knows it already. */
  adminPassword: string | undefined;
  /** The sale that the commands use; without one, only the list of sales is shown. */
  sale: SaleView | undefined;
  /** The stand-in for Stripe; undefined where there is none. */
  stripeUrl: string | undefined;
  publishableKey: string | undefined;
  /** The folder of caught mails; undefined where mails are sent. */
  mailDir: string | undefined;
}

/** What `npm start` prints once everything runs. The indented lines work in sh, bash and zsh. */
export function welcome(options: WelcomeOptions): string {
  const { url, buyerToken, adminToken, sale, stripeUrl, publishableKey } = options;
  const { adminEmail, adminPassword } = options;
  const product = sale?.products[0];
  const lines = [
    '',
    `Fairline is ready at ${url}  (Ctrl-C stops everything)`,
    '',
    `  The shop          ${url}/`,
    `  The control room  ${url}/admin`,
    `  The API           ${url}/docs`,
    '  A crowd           npm run crowd, in a second terminal',
    '',
    ...account(adminEmail, adminPassword),
    'By hand, paste into another terminal. First the place and the tokens, valid for a day:',
    '',
    `  URL=${url}`,
    `  TOKEN=${buyerToken}`,
    `  ADMIN=${adminToken}`,
    '',
    'List the sales:',
    '',
    `  ${CURL} "$URL/api/sales"`,
    '',
  ];
  if (sale && product) {
    lines.push(...tour(sale.name, sale.id, product.id));
    if (stripeUrl && publishableKey) lines.push(...payment(stripeUrl, publishableKey));
    lines.push(...operator());
  }
  lines.push(...mails(options.mailDir));
  return `${lines.join('\n')}\n`;
}

function account(email: string, password: string | undefined): string[] {
  if (password === undefined) return [`The admin logs in as ${email} with ADMIN_PASSWORD.`, ''];
  return [
    'The admin account, for the control room:',
    '',
    `  ADMIN_EMAIL=${email}`,
    `  ADMIN_PASSWORD=${password}`,
    '',
  ];
}

function tour(saleName: string, saleId: string, productId: string): string[] {
  const ticketId = `sed -E 's/.*"ticketId": ?"([^"]+)".*/\\1/'`;
  return [
    `Take a place in line for "${saleName}", wait for the decision, see the order:`,
    '',
    `  SALE=${saleId}`,
    `  PRODUCT=${productId}`,
    '  ITEMS="{\\"items\\":[{\\"productId\\":\\"$PRODUCT\\",\\"quantity\\":1}]}"',
    '  TICKET=$(curl -s "$URL/api/sales/$SALE/tickets" -H "Authorization: Bearer $TOKEN" \\',
    `    -H "Content-Type: application/json" -d "$ITEMS" | ${ticketId})`,
    `  ${CURL} "$URL/api/tickets/$TICKET?wait=25" -H "Authorization: Bearer $TOKEN"`,
    `  ${CURL} "$URL/api/orders?saleId=$SALE" -H "Authorization: Bearer $TOKEN"`,
    '',
  ];
}

/** How to pay at the stand-in, as a browser does. */
function payment(stripeUrl: string, publishableKey: string): string[] {
  const fieldOf = (name: string) => `sed -E 's/.*"${name}": ?"([^"]+)".*/\\1/'`;
  return [
    'Pay it, at a stand-in for Stripe (no card is charged); then look at the order again:',
    '',
    `  STRIPE=${stripeUrl}`,
    '  ORDER=$(curl -s "$URL/api/tickets/$TICKET" -H "Authorization: Bearer $TOKEN" \\',
    `    | sed -E 's/.*"order": ?\\{"id": ?"([^"]+)".*/\\1/')`,
    '  PAYMENT=$(curl -s -X POST "$URL/api/orders/$ORDER/payment" -H "Authorization: Bearer $TOKEN")',
    `  INTENT=$(echo "$PAYMENT" | ${fieldOf('paymentIntentId')})`,
    `  SECRET=$(echo "$PAYMENT" | ${fieldOf('clientSecret')})`,
    `  ${CURL} "$STRIPE/v1/payment_intents/$INTENT/confirm" -u ${publishableKey}: \\`,
    '    -d client_secret="$SECRET" -d payment_method=pm_card_visa',
    `  sleep 1; ${CURL} "$URL/api/orders/$ORDER" -H "Authorization: Bearer $TOKEN"`,
    '',
  ];
}

function mails(dir: string | undefined): string[] {
  if (dir === undefined) return ['Mails go to the server of SMTP_URL.', ''];
  return [
    'Mails (order paid, offered, refunded) stay on this machine: printed here and kept in',
    `${dir}/*.eml`,
    '',
  ];
}

function operator(): string[] {
  return [
    'As the operator, put ten more on sale:',
    '',
    `  ${CURL} "$URL/api/admin/products/$PRODUCT/restock" -H "Authorization: Bearer $ADMIN" \\`,
    '    -H "Content-Type: application/json" -H "Idempotency-Key: $(date +%s)" -d \'{"delta":10}\'',
    '',
  ];
}
