/** The topics of the routes, in the order in which a client meets them. */
export const TAGS = [
  { name: 'Sales', description: 'What is for sale. Public.' },
  { name: 'Accounts', description: 'Access tokens, with an account or as a guest.' },
  { name: 'Tickets', description: 'Places in line and their outcomes.' },
  { name: 'Proof', description: 'What anybody can check of a sale.' },
  { name: 'Cart', description: 'Several products in one ticket. A cart reserves nothing.' },
  { name: 'Orders', description: 'Holds, and paying them.' },
  { name: 'Admin', description: 'For sellers: creating, running and settling sales.' },
  { name: 'Stripe', description: 'Called by Stripe.' },
  { name: 'System', description: 'For operators and monitoring.' },
] as const;
