import { type Answer, toAnswer } from './gateway.js';

/** Builds a GraphQL multipart request. @param files Files by their path in the variables. */
export function uploadForm(
  query: string,
  variables: Record<string, unknown>,
  files: Record<string, { bytes: Uint8Array<ArrayBuffer>; filename: string; type?: string }>,
): FormData {
  const form = new FormData();
  form.set('operations', JSON.stringify({ query, variables }));
  form.set(
    'map',
    JSON.stringify(Object.fromEntries(Object.keys(files).map((path, index) => [index, [path]]))),
  );
  for (const [index, { bytes, filename, type }] of Object.values(files).entries()) {
    form.set(String(index), new File([bytes], filename, type ? { type } : {}));
  }
  return form;
}

/** Sends a form to a gateway, with the header that its CSRF prevention requires. */
export async function postForm(
  url: string,
  form: FormData,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const preflight = { 'apollo-require-preflight': 'true' };
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { ...preflight, ...headers },
    body: form,
  });
  return toAnswer(response);
}
