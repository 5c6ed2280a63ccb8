import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * A number in JSON that a double cannot hold, such as 9007199254740993. `JSON.stringify` writes its digits unchanged,
 * wherever the value ends up: in a response, an event or a request to an upstream.
 */
export class ExactNumber {
  constructor(readonly text: string) {}

  toJSON(): unknown {
    return rawJson(this.text);
  }
}

/** Makes a value that `JSON.stringify` writes as it is. Node 20 has it only behind a flag, and in new contexts. */
const rawJson: (text: string) => unknown = findRawJson();

function findRawJson(): (text: string) => unknown {
  if ('rawJSON' in JSON && typeof JSON.rawJSON === 'function') {
    const { rawJSON } = JSON;
    return (text) => rawJSON(text);
  }
  setFlagsFromString('--harmony-json-parse-with-source');
  return runInNewContext('JSON.rawJSON');
}
