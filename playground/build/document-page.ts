/** Where a document is served, and what it is called. */
export interface PageLink {
  readonly address: string;
  /** As HTML without elements. */
  readonly title: string;
}

/** What is wider than the window scrolls by itself, by keys as well. */
const scrolling = (html: string) =>
  html
    .replaceAll('<pre>', '<pre tabindex="0">')
    .replaceAll('<table>', '<div class="table" role="region" aria-label="Table" tabindex="0">\n<table>')
    .replaceAll('</table>', '</table>\n</div>');

/**
 * A document as a page of its own, with a way to the others and to the playground.
 * @param page The one that it is; `content` is its HTML.
 */
export function documentPage(page: PageLink, content: string, pages: readonly PageLink[]): string {
  const links = pages.map(({ address, title }) => {
    const isHere = address === page.address ? ' aria-current="page"' : '';
    return `        <a href="${address}"${isHere}>${title}</a>`;
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
${scrolling(content)}
    </main>
  </body>
</html>
`;
}
