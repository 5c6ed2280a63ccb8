/** Text of the repository that breaks a rule, with the place where it stands. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  /** The text that breaks the rule. */
  readonly found: string;
  readonly advice: string;
}

/** Returns the number of the line that contains an offset. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/** Replaces a text by spaces, so that offsets in the rest stay the same. */
export const erase = (text: string): string => text.replace(/[^\n]/g, ' ');

/** Formats a finding so that editors link to its place. */
export const format = ({ file, line, found, advice }: Finding): string =>
  `${file}:${line}: "${found.replace(/\s+/g, ' ')}". ${advice}`;
