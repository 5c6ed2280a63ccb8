import { createHash, randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Scope } from '../../src/domain/principal.js';
import type { Answer, AnswerError } from '../support/gateway.js';

export interface Token {
  readonly name: string;
  readonly secret: string;
  readonly scopes: readonly Scope[];
}

/** Tokens file in the folder for temporary files. */
export class TokensOnDisk {
  readonly file = path.join(tmpdir(), `promptgate-tokens-${randomUUID()}.json`);

  async write(...tokens: readonly Token[]): Promise<void> {
    const entries = tokens.map(({ name, secret, scopes }) => ({
      name,
      sha256: createHash('sha256').update(secret).digest('hex'),
      scopes,
    }));
    await this.writeText(JSON.stringify(entries));
  }

  writeText(text: string): Promise<void> {
    return writeFile(this.file, text);
  }

  remove(): Promise<void> {
    return rm(this.file, { force: true });
  }
}

export const bearer = (token: Token | string) => ({
  authorization: `Bearer ${typeof token === 'string' ? token : token.secret}`,
});

/** Error codes of a response. */
export const codesOf = ({ errors }: Pick<Answer, 'errors'>) => (errors ?? []).map(codeOf);

const codeOf = ({ extensions }: AnswerError) => extensions.code;
