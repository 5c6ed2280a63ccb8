// Shows commands with the URL of this gateway, and adds a button to copy them.
const DEFAULT_HOST = '127.0.0.1:4000';
const gateway = new URL('..', document.baseURI);
const host = gateway.host + gateway.pathname.replace(/\/$/, '');

/** Replaces the default HTTP and WebSocket URLs with the URL of this gateway. */
function withOwnUrl(text) {
  const webSocketProtocol = gateway.protocol.replace('http', 'ws');
  return text
    .replaceAll(`http://${DEFAULT_HOST}`, `${gateway.protocol}//${host}`)
    .replaceAll(`ws://${DEFAULT_HOST}`, `${webSocketProtocol}//${host}`);
}

for (const code of document.querySelectorAll('pre code')) {
  code.textContent = withOwnUrl(code.textContent);
  // Browsers only offer the clipboard over HTTPS and on localhost.
  if (!navigator.clipboard || code.className === 'language-text') continue;
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = 'Copied';
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 2_000);
  });
  code.parentElement.before(button);
}
for (const link of document.querySelectorAll(`a[href^="http://${DEFAULT_HOST}"]`)) {
  link.href = withOwnUrl(link.getAttribute('href'));
  link.textContent = withOwnUrl(link.textContent);
}
