import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Marked, type Token } from 'marked';
import { getHeadingList, gfmHeadingId } from 'marked-gfm-heading-id';
import type { Plugin } from 'vite';
import { documentPage, type Heading } from './document-page.js';
import { schemaReference } from './schema-reference.js';

/** Emitted files by their path, as text or as the bytes of an image. */
type Files = Map<string, string | Uint8Array>;

interface Document {
  readonly source: string;
  /** File name next to the other documents, such as `security.html`. */
  readonly url: string;
  readonly title: string;
  readonly html: string;
  /** Second-level headings. */
  readonly sections: readonly Heading[];
  /** Ids within the document for links. */
  readonly anchors: ReadonlySet<string>;
}

/** Link in a document. */
interface Link {
  readonly from: string;
  readonly href: string;
}

/** Result of rendering the documents. */
interface Rendered {
  readonly files: Files;
  /** Messages about broken links. */
  readonly brokenLinks: readonly string[];
}

/** Pages that CONTRIBUTING.md links to. The navigation does not list them. */
const FOR_CONTRIBUTORS = 'docs/contributing';

const PICTURE = /^(docs|bench)\/.*\.(png|jpe?g|webp|svg)$/;

/** Builds pages from the repository's documents, at `/docs/`. A broken link fails the build. */
export function documents(root: string): Plugin {
  let brokenLinks: readonly string[] = [];
  return {
    name: 'promptgate-documents',
    apply: 'build',
    generateBundle() {
      const rendered = renderDocuments(root);
      brokenLinks = rendered.brokenLinks;
      for (const [fileName, source] of rendered.files) this.emitFile({ type: 'asset', fileName, source });
    },
    // Fail only at the end, because missing screenshots can only be taken of a finished page.
    closeBundle() {
      if (brokenLinks.length > 0) throw new Error(brokenLinks.join('\n'));
    },
  };
}

/**
 * Renders README, SECURITY, CONTRIBUTING, CHANGELOG, docs/ and bench/.
 * @param root Folder of the repository.
 */
export function renderDocuments(root: string): Rendered {
  const sources = sourcesIn(root);
  const files: Files = new Map();
  for (const name of ['documents.css', 'document-script.js'])
    files.set(`docs/${name}`, readFileSync(path.join(root, 'playground/build', name), 'utf8'));
  const dangling: Link[] = [];
  const anchored: (Link & { readonly source: string; readonly anchor: string })[] = [];
  const rewrite = ({ from, href }: Link): string => {
    if (/^([a-z]+:|\/\/)/i.test(href)) return href;
    const [target = '', anchor] = href.split('#');
    const source = target === '' ? from : path.posix.join(path.posix.dirname(from), target);
    if (anchor !== undefined && sources.includes(source)) anchored.push({ from, href, source, anchor });
    const url = existsSync(path.join(root, source)) || source === REFERENCE ? urlOf(source, sources) : null;
    if (url === null) dangling.push({ from, href });
    if (url === null || target === '') return href;
    if (source === 'LICENSE' || PICTURE.test(source))
      files.set(fileOf(url), readFileSync(path.join(root, source)));
    return anchor === undefined ? url : `${url}#${anchor}`;
  };
  const rendered = sources.map((source) => render(textOf(root, source), source, sources, rewrite));
  const anchorsOf = new Map(rendered.map(({ source, anchors }) => [source, anchors]));
  dangling.push(...anchored.filter(({ source, anchor }) => !anchorsOf.get(source)?.has(anchor)));
  const listed = rendered.filter(({ source }) => !source.startsWith(FOR_CONTRIBUTORS));
  for (const page of rendered)
    files.set(fileOf(page.url), documentPage(page, page.html, page.sections, listed));
  return {
    files,
    brokenLinks: dangling.map(({ from, href }) => `${from}: The link ${href} is broken. Correct its target.`),
  };
}

/** Document that is not a file but generated from the schema. */
const REFERENCE = 'docs/schema.md';

function textOf(root: string, source: string): string {
  if (source !== REFERENCE) return readFileSync(path.join(root, source), 'utf8');
  const folder = path.join(root, 'schema');
  const files = readdirSync(folder).filter((name) => name.endsWith('.graphql'));
  return schemaReference(files.map((name) => readFileSync(path.join(folder, name), 'utf8')).join('\n'));
}

function sourcesIn(root: string): string[] {
  const documentsIn = (folder: string) =>
    readdirSync(path.join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`);
  const forUsers = [...documentsIn('docs'), REFERENCE].sort();
  const forContributors = existsSync(path.join(root, FOR_CONTRIBUTORS)) ? documentsIn(FOR_CONTRIBUTORS) : [];
  return [
    'README.md',
    ...forUsers,
    'SECURITY.md',
    'CONTRIBUTING.md',
    ...forContributors,
    'CHANGELOG.md',
    ...documentsIn('bench'),
  ];
}

const fileOf = (url: string) => `docs/${url}`;

/**
 * Returns the URL of a file of the repository relative to the documents, or null if it is not served. All documents are in
 * one folder and link to each other by name, so a proxy may serve them below any path.
 */
function urlOf(source: string, documentSources: readonly string[]): string | null {
  // The gateway serves the whole schema as one file.
  if (/^schema(\/|$)/.test(source)) return '../schema.graphql';
  if (source === 'LICENSE') return 'license.txt';
  const isServed = documentSources.includes(source) || PICTURE.test(source);
  const name = source.replace(/^docs\/|\/README(?=\.md$)/g, '').replace(/\.md$/, '.html');
  return isServed ? name.replaceAll('/', '-').toLowerCase() : null;
}

function render(
  text: string,
  source: string,
  sources: readonly string[],
  rewrite: (link: Link) => string,
): Document {
  const marked = new Marked(gfmHeadingId(), {
    walkTokens(token: Token) {
      if (token.type === 'link' || token.type === 'image')
        token.href = rewrite({ from: source, href: token.href });
      if (token.type === 'html')
        token.text = token.text.replace(/(?<=\s(?:href|src|srcset)=")[^"]+/g, (href: string) =>
          rewrite({ from: source, href }),
        );
    },
  });
  const html = marked.parse(text, { async: false });
  const headings = getHeadingList();
  const title = headings[0]?.text.replace(/<[^>]*>/g, '') ?? source;
  const url = urlOf(source, sources) ?? '';
  const sections = headings.filter(({ level }) => level === 2);
  return { source, url, title, html, sections, anchors: new Set(headings.map(({ id }) => id)) };
}
