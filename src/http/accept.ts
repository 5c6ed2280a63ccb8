/** How a client wants its answer. */
export interface AcceptedForms {
  /** How it takes a stream; the one that it likes best where it takes both. */
  readonly stream: 'sse' | 'multipart' | null;
  /** Whether it takes one answer in JSON as well. */
  readonly json: boolean;
  /** Whether it asks for application/json and no stream: the status is to tell only whether the request could be read. */
  readonly plainJson: boolean;
}

const JSON_TYPES = /^(application\/(graphql-response\+json|graphql\+json|json|\*)|\*\/\*)$/;

/** Reads an Accept header (RFC 9110, 12.5.1). Of two types with the same q the first counts. */
export function acceptedForms(accept: string | undefined): AcceptedForms {
  if (accept === undefined) return { stream: null, json: true, plainJson: false };
  let stream: AcceptedForms['stream'] = null;
  let best = 0;
  let json = false;
  let plainJson = false;
  for (const { type, parameters } of mediaRanges(accept)) {
    const q = quality(parameters.get('q'));
    if (q === 0) continue;
    if (JSON_TYPES.test(type)) json = true;
    if (type === 'application/json') plainJson = true;
    const form = streamForm(type, parameters);
    if (form && q > best) {
      stream = form;
      best = q;
    }
  }
  return { stream, json, plainJson: plainJson && stream === null };
}

function streamForm(type: string, parameters: ReadonlyMap<string, string>): AcceptedForms['stream'] {
  if (type === 'text/event-stream') return 'sse';
  // Without the parameter it is what clients ask for to be given @defer.
  return type === 'multipart/mixed' && parameters.has('subscriptionspec') ? 'multipart' : null;
}

/** What is no number from 0 to 1 counts as if it were not there. */
function quality(value: string | undefined): number {
  return value !== undefined && /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(value) ? Number(value) : 1;
}

function mediaRanges(accept: string): { type: string; parameters: Map<string, string> }[] {
  return splitOutsideQuotes(accept, ',').map((range) => {
    const [type = '', ...rest] = splitOutsideQuotes(range, ';');
    const parameters = new Map<string, string>();
    for (const each of rest) {
      const [name = '', ...value] = each.split('=');
      parameters.set(name.trim().toLowerCase(), value.join('=').trim().replace(/^"|"$/g, ''));
    }
    return { type: type.trim().toLowerCase(), parameters };
  });
}

function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts = [''];
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    if (character === separator && !isQuoted) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}
