/** A command to be pasted, against the same gateway: `npx promptgate resume ID --gateway URL`. */
export function commandLine({ option }: { readonly option: string }, ...words: readonly string[]): string {
  return `npx promptgate ${words.join(' ')}${option}`;
}
