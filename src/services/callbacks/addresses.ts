import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { parseHttpUrl } from '../../domain/url.js';
import { isPrivateHost } from '../../upstream/public-address.js';

/** Where Astria calls the gateway: an id and a secret follow. */
export const CALLBACK_PATH = '/webhooks/astria/prompts';

const SECRET_BYTES = 32;
/** One of the gateway's own addresses, under whatever host the gateway was reached when it was made. */
const OWN = new RegExp(`https?://[^\\s"]*${CALLBACK_PATH}/([0-9a-f-]{36})/([\\w-]{43})`);
const OWN_ALONE = new RegExp(`^${OWN.source}$`);
const OWN_EVERYWHERE = new RegExp(OWN.source, 'g');
/** Stands in for the hash of a secret that there is none of, so that the check takes as long. */
const NO_HASH = hash('').toString('base64url');

/** Makes a callback URL. The id names it, and only the hash of its secret is kept. */
export function newAddress(publicUrl: string) {
  const id = randomUUID();
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return {
    id,
    url: `${publicUrl}${CALLBACK_PATH}/${id}/${secret}`,
    secretHash: hash(secret).toString('base64url'),
  };
}

/** Whether a secret is the one that was hashed, in a time that does not tell how much of it is right. */
export function isSecret(secret: string, secretHash: string | null): boolean {
  const isSame = timingSafeEqual(hash(secret), Buffer.from(secretHash ?? NO_HASH, 'base64url'));
  return isSame && secretHash !== null;
}

/** The parts of an address that is one of a gateway's own; null: it is another's. */
export function ownAddress(url: string): { id: string; secret: string } | null {
  const [, id, secret] = OWN_ALONE.exec(url) ?? [];
  return id === undefined || secret === undefined ? null : { id, secret };
}

/** A text with another one in place of every address of a gateway's own. */
export function withoutOwnAddresses(text: string, replacement: string): string {
  return text.replace(OWN_EVERYWHERE, () => replacement);
}

/**
 * Returns the objection to a URL that a caller wants called back, as words that follow the name of a field; null for a URL
 * that may be called. The host is not resolved here: its addresses are checked when it is called.
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
