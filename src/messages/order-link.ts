/** The page of an order. @param publicUrl PUBLIC_URL, without a slash at its end */
export function orderLink(publicUrl: string, orderId: string): string {
  return `${publicUrl}/orders/${orderId}`;
}
