/** What the routes are about, in the order in which one meets them. */
export const TAGS = [
  { name: 'Sales', description: 'What is for sale. Public.' },
  { name: 'Accounts', description: 'Access tokens, with an account or as a guest.' },
  { name: 'Tickets', description: 'Places in line, and what became of them.' },
  { name: 'Cart', description: 'Several products in one ticket. A cart reserves nothing.' },
  { name: 'Orders', description: 'Holds, and paying them.' },
  { name: 'Admin', description: 'The seller: making, steering and settling sales.' },
  { name: 'Stripe', description: 'What Stripe calls.' },
  { name: 'System', description: 'What operators and their tools look at.' },
] as const;
