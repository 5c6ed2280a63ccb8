import { parseUrl } from '../../domain/url.js';
import { isPrivateHost } from '../../upstream/public-address.js';

/**
 * What is wrong with an address that a caller wants called back, as far as that is seen without resolving its host; null:
 * nothing. What the host resolves to is looked at when it is called.
 * @returns Words to be put behind the name of a field.
 */
export function refusedTarget(url: string, allowPrivate: boolean): string | null {
  const target = parseUrl(url);
  if (!target) return 'must be an http or https address';
  const { protocol, username, password, hostname } = target;
  if (protocol !== 'http:' && protocol !== 'https:') return 'must be an http or https address';
  if (username !== '' || password !== '') return 'must have no user and no password';
  if (!allowPrivate && isPrivateHost(hostname))
    return 'must not be an address of a private network unless the gateway has ALLOW_PRIVATE_CALLBACKS=true';
  return null;
}
