import type { Page } from 'playwright-core';

/** The password of all accounts. */
export const PASSWORD = 'a long password that is mine';

/** Buys the initial selection of the sale page as a guest, up to the place in line. */
export async function buyAsGuest(page: Page, email: string): Promise<void> {
  await page.getByRole('button', { name: /^(Buy for|Get it|Join the waitlist)/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('E-mail').fill(email);
  await dialog.getByRole('button', { name: /^(Buy for|Get it|Join the waitlist)/ }).click();
}

/** Fills in a card and pays with it. */
export async function payWith(page: Page, number: string): Promise<void> {
  await page.getByLabel('Card number').fill(number);
  await page.getByLabel('Expiry').fill('12 / 40');
  await page.getByLabel('CVC').fill('123');
  await page.getByRole('button', { name: /^Pay / }).click();
}

/** Creates an account on the sign-in page. */
export async function register(page: Page, email: string): Promise<void> {
  await page.getByRole('button', { name: 'I do not have an account yet' }).click();
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create the account' }).click();
}
