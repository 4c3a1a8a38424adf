/**
 * The role of the API and the workers in every test: what they do, it may do. It belongs to the
 * run's Postgres, like the database that others are copied from.
 */
export const APP_ROLE = { name: 'fairline_app', password: 'password-of-the-app-role' };
