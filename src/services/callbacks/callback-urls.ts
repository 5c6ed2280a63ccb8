import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { parseHttpUrl } from '../../domain/url.js';
import { isPrivateHost } from '../../upstream/public-address.js';

/** Path of Astria's callbacks, followed by an id and a secret. */
export const CALLBACK_PATH = '/webhooks/astria/prompts';

const SECRET_BYTES = 32;
/** Matches a callback URL of the gateway on any host, because PUBLIC_URL may have changed since it was issued. */
const OWN = new RegExp(`https?://[^\\s"]*${CALLBACK_PATH}/([0-9a-f-]{36})/([\\w-]{43})`);
const OWN_ALONE = new RegExp(`^${OWN.source}$`);
const OWN_EVERYWHERE = new RegExp(OWN.source, 'g');
/** Dummy hash, so that an unknown id takes as long as a wrong secret. */
const NO_HASH = hash('').toString('base64url');

/** Creates a callback URL. Only its id and the hash of its secret are stored. */
export function newCallbackUrl(publicUrl: string) {
  const id = randomUUID();
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return {
    id,
    url: `${publicUrl}${CALLBACK_PATH}/${id}/${secret}`,
    secretHash: hash(secret).toString('base64url'),
  };
}

/** Compares a secret with a hash in constant time. */
export function isSecret(secret: string, secretHash: string | null): boolean {
  const matchesCreate = timingSafeEqual(hash(secret), Buffer.from(secretHash ?? NO_HASH, 'base64url'));
  return matchesCreate && secretHash !== null;
}

/** Returns the id and secret of a callback URL of the gateway; null for any other URL. */
export function ownAddress(url: string): { id: string; secret: string } | null {
  const [, id, secret] = OWN_ALONE.exec(url) ?? [];
  return id === undefined || secret === undefined ? null : { id, secret };
}

/** Replaces every callback URL of the gateway in a string. */
export function redactCallbackUrls(text: string, replacement: string): string {
  return text.replace(OWN_EVERYWHERE, () => replacement);
}

/**
 * Returns the error of a caller's callback URL as a phrase that follows the name of a field, or null if the URL may be
 * called. Each call checks the addresses of the host, so this function does not resolve it.
 */
export function refusedTarget(url: string, allowPrivate: boolean): string | null {
  const target = parseHttpUrl(url);
  if (!target) return 'must be an http or https URL';
  const { username, password, hostname } = target;
  if (username !== '' || password !== '') return 'must not contain a user name or a password';
  if (!allowPrivate && isPrivateHost(hostname))
    return 'must not point to a private network unless the gateway has ALLOW_PRIVATE_CALLBACKS=true';
  return null;
}

function hash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
