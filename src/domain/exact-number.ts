import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * A JSON number that a double cannot represent, such as 9007199254740993. `JSON.stringify` writes its digits unchanged in
 * responses, events and upstream requests.
 */
export class ExactNumber {
  constructor(readonly text: string) {}

  toJSON(): unknown {
    return rawJson(this.text);
  }
}

/** Creates a value that `JSON.stringify` writes verbatim. Node.js 20 has it only behind a flag, and only in new contexts. */
const rawJson: (text: string) => unknown = findRawJson();

function findRawJson(): (text: string) => unknown {
  if ('rawJSON' in JSON && typeof JSON.rawJSON === 'function') {
    const { rawJSON } = JSON;
    return (text) => rawJSON(text);
  }
  setFlagsFromString('--harmony-json-parse-with-source');
  return runInNewContext('JSON.rawJSON');
}
