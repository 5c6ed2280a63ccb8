import type { Attachment, Operation } from '../gateway/gateway.js';
import { slotKey, type UploadSlot } from './upload-slots.js';
import { childOf, replaced, type VariablePath } from './variable-path.js';

type Variables = NonNullable<Operation['variables']>;

/** Files by the key of their slot (see `slotKey`). */
export type SlotFiles = ReadonlyMap<string, readonly File[]>;

/**
 * Returns the variables with null for each file, and the files with their paths. A file replaces the existing value: a URL
 * in the same oneOf object, or the elements of a list.
 */
export function withAttachments(
  variables: Variables,
  slots: readonly UploadSlot[],
  files: SlotFiles,
): { variables: Variables; attachments: Attachment[] } {
  const filled = slots.flatMap((slot) => {
    const chosen = files.get(slotKey(slot)) ?? [];
    return chosen.length > 0 ? [{ slot, chosen: slot.isList ? chosen : chosen.slice(0, 1) }] : [];
  });
  return {
    variables: filled.reduce((before, { slot, chosen }) => withFiles(before, slot, chosen.length), variables),
    attachments: filled.flatMap(({ slot, chosen }) =>
      chosen.map((file, index) => ({ path: mapPath(slot, index), file })),
    ),
  };
}

/**
 * Builds the body of a GraphQL multipart request: the operation with null for each file, the map of the files, and the files
 * (https://github.com/jaydenseric/graphql-multipart-request-spec).
 */
export function toFormData(
  { query, operationName, variables = {} }: Operation,
  files: readonly Attachment[],
): FormData {
  const operations = files.reduce<Variables>((before, { path }) => replaced(before, parsePath(path), null), {
    query,
    operationName,
    variables,
  });
  const form = new FormData();
  form.append('operations', JSON.stringify(operations));
  form.append('map', JSON.stringify(Object.fromEntries(files.map(({ path }, index) => [index, [path]]))));
  for (const [index, { file }] of files.entries()) form.append(String(index), file, file.name);
  return form;
}

function mapPath(slot: UploadSlot, index: number): string {
  return ['variables', slotKey(slot), ...(slot.isList ? [index] : [])].join('.');
}

/** Parses a path. GraphQL names never start with a digit, so digits are an index. */
function parsePath(path: string): VariablePath {
  return path.split('.').map((key) => (/^\d+$/.test(key) ? Number(key) : key));
}

function withFiles(variables: Variables, { path, isList, oneOfPath }: UploadSlot, count: number): Variables {
  const placeholder = isList ? Array.from({ length: count }, () => null) : null;
  if (oneOfPath === null) return replaced(variables, path, placeholder);
  const chosen = path[oneOfPath.length] ?? '';
  const alone = { [chosen]: childOf(oneOfPath.reduce(childOf, variables), chosen) };
  return replaced(replaced(variables, oneOfPath, alone), path, placeholder);
}
