import { z } from '@hono/zod-openapi';
import { PASSWORD_LENGTH } from '../../domain/account.ts';
import { ROLES } from '../../domain/role.ts';
import { email, text } from './common.ts';

const refreshToken = z.string().min(1).max(200);

export const registrationSchema = z
  .strictObject({
    email,
    password: z.string().min(PASSWORD_LENGTH.min).max(PASSWORD_LENGTH.max),
    name: text(200).optional(),
  })
  .openapi('Registration');

export const loginSchema = z
  // Any password is accepted: one that is too short is simply wrong.
  .strictObject({ email, password: z.string().max(PASSWORD_LENGTH.max) })
  .openapi('Login');

export const refreshTokenSchema = z.strictObject({ refreshToken }).openapi('RefreshToken');

export const guestSchema = z.strictObject({ email }).openapi('Guest');

const userSchema = z
  .object({
    id: z.string(),
    email: z.string().nullable().openapi({ description: 'Null if the token has none' }),
    name: z.string().nullable(),
    role: z.enum(ROLES),
  })
  .openapi('User');
export type UserView = z.infer<typeof userSchema>;

export const meSchema = z.object({ user: userSchema }).openapi('Me');

export const sessionSchema = z
  .object({
    user: userSchema,
    accessToken: z.string(),
    refreshToken: z.string().openapi({ description: 'Can be exchanged once, for 30 days' }),
    expiresIn: z.int().openapi({ description: 'Validity of the access token, in seconds' }),
  })
  .openapi('Session');
export type SessionView = z.infer<typeof sessionSchema>;
