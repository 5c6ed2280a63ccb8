import type { Tune } from '../../domain/tune.js';
import type { PromptAccount } from '../prompts/account.js';
import { TUNE_PACE } from './pace.js';
import type { Subject } from './subject.js';

/**
 * A tune until it is trained, own or of the gallery. An id that is none of Astria's is null, without a call.
 * @throws UpstreamError where there is no key.
 */
export function tuneSubject({ account, backgroundAstria: astria }: PromptAccount, id: string): Subject<Tune> {
  return {
    key: `tune ${account} ${id}`,
    group: `tunes ${account}`,
    id,
    account,
    readAll: (ids, reads) =>
      reads.byIds(ids, { list: (keyset) => astria.listTunes(keyset), single: (one) => astria.getTune(one) }),
    isSettled: ({ status }) => status === 'TRAINED',
    paceOf: () => TUNE_PACE,
    paceAfterNudge: TUNE_PACE,
  };
}
