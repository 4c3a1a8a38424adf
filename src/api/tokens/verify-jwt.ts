import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { AuthKeys } from '../../process/auth-secrets.ts';

/**
 * The claims of a token that one of the keys has signed.
 *
 * @throws JOSEError when none has, or when the token breaks a rule
 */
export async function verifyJwt(
  token: string,
  [key, ...others]: AuthKeys,
  rules: JWTVerifyOptions,
): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, key, rules)).payload;
  } catch (error) {
    const [next, ...more] = others;
    const isOfAnother = error instanceof errors.JWSSignatureVerificationFailed;
    if (!isOfAnother || next === undefined) throw error;
    return verifyJwt(token, [next, ...more], rules);
  }
}
