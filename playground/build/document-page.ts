/** URL and title of a document. */
export interface PageLink {
  readonly url: string;
  /** Title as HTML without elements. */
  readonly title: string;
}

/** Makes wide code and tables scrollable, also by keyboard. */
const scrolling = (html: string) =>
  html
    .replaceAll('<pre>', '<pre tabindex="0">')
    .replaceAll('<table>', '<div class="table" role="region" aria-label="Table" tabindex="0">\n<table>')
    .replaceAll('</table>', '</table>\n</div>');

/** Heading of a document, with the id for links. */
export interface Heading {
  readonly id: string;
  /** Heading as HTML. */
  readonly text: string;
}

/** Minimum number of sections for a table of contents. */
const MIN_SECTIONS = 4;

/** Lists the sections of a document. Returns an empty string if it has few. */
function tableOfContents(sections: readonly Heading[]): string {
  if (sections.length < MIN_SECTIONS) return '';
  const links = sections.map(({ id, text }) => `        <li><a href="#${id}">${text}</a></li>`);
  return `      <nav class="contents" aria-label="On this page">
        <ul>
${links.join('\n')}
        </ul>
      </nav>
`;
}

/**
 * Returns the page of a document, with links to the other documents and the playground.
 * @param content HTML of the document.
 * @param sections Second-level headings of the document.
 */
export function documentPage(
  page: PageLink,
  content: string,
  sections: readonly Heading[],
  pages: readonly PageLink[],
): string {
  const links = pages.map(({ url, title }) => {
    const isHere = url === page.url ? ' aria-current="page"' : '';
    return `        <a href="${url}"${isHere}>${title}</a>`;
  });
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${page.title}</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="documents.css" />
    <script src="document-script.js" defer></script>
  </head>
  <body>
    <a class="skip" href="#main-content">Skip to content</a>
    <header>
      <nav aria-label="Documents">
        <a href="../">Playground</a>
${links.join('\n')}
      </nav>
    </header>
    <main id="main-content">
${tableOfContents(sections)}${scrolling(content)}
    </main>
  </body>
</html>
`;
}
