import type { SampleSale } from './sample-sales.ts';

/** Ends each answer with a new line. */
const CURL = "curl -sw '\\n'";

export interface WelcomeOptions {
  url: string;
  buyerToken: string;
  adminToken: string;
  /** The sale that the commands use; without one, only the list of sales is shown. */
  sale: SampleSale | undefined;
}

/** What `npm start` prints when everything runs. The indented lines work in sh, bash and zsh. */
export function welcome({ url, buyerToken, adminToken, sale }: WelcomeOptions): string {
  const product = sale?.products[0];
  const lines = [
    '',
    `Fairline is ready at ${url}  (API description: ${url}/docs, Ctrl-C stops everything)`,
    '',
    'To try it, paste into another terminal. First the place and the tokens, valid for a day:',
    '',
    `  URL=${url}`,
    `  TOKEN=${buyerToken}`,
    `  ADMIN=${adminToken}`,
    '',
    'What is for sale:',
    '',
    `  ${CURL} "$URL/api/sales"`,
    '',
  ];
  if (sale && product) lines.push(...tour(sale.name, sale.id, product.id));
  return `${lines.join('\n')}\n`;
}

function tour(saleName: string, saleId: string, productId: string): string[] {
  const ticketId = `sed -E 's/.*"ticketId": ?"([^"]+)".*/\\1/'`;
  return [
    `Take a place in the line of "${saleName}", wait for the decision, see the order:`,
    '',
    `  SALE=${saleId}`,
    `  PRODUCT=${productId}`,
    '  ITEMS="{\\"items\\":[{\\"productId\\":\\"$PRODUCT\\",\\"quantity\\":1}]}"',
    '  TICKET=$(curl -s "$URL/api/sales/$SALE/tickets" -H "Authorization: Bearer $TOKEN" \\',
    `    -H "Content-Type: application/json" -d "$ITEMS" | ${ticketId})`,
    `  ${CURL} "$URL/api/tickets/$TICKET?wait=25" -H "Authorization: Bearer $TOKEN"`,
    `  ${CURL} "$URL/api/orders?saleId=$SALE" -H "Authorization: Bearer $TOKEN"`,
    '',
    'As the operator, put ten more on sale:',
    '',
    `  ${CURL} "$URL/api/admin/products/$PRODUCT/restock" -H "Authorization: Bearer $ADMIN" \\`,
    '    -H "Content-Type: application/json" -H "Idempotency-Key: $(date +%s)" -d \'{"delta":10}\'',
    '',
  ];
}
