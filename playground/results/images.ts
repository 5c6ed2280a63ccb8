/** An image of a prompt that has its place on the page. */
export interface DrawnImage {
  /** An address can come twice. */
  readonly key: string;
  /** Null where the address is none that a page should ask for: that image is not shown. */
  readonly src: string | null;
}

/** Of one prompt; more would make the page slow. */
const MOST_DRAWN = 24;
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** The first 24 images of a prompt. @param pageOrigin That of the page, such as `http://localhost:4000`. */
export function drawnImages(images: readonly string[] | null | undefined, pageOrigin: string): DrawnImage[] {
  return (images ?? []).slice(0, MOST_DRAWN).map((address, index) => ({
    key: `${index} ${address}`,
    src: isFitForPage(address, pageOrigin) ? address : null,
  }));
}

/** The addresses are an upstream's: scripts, files and plain HTTP are nothing for a page. A sandbox is on this machine, without TLS. */
function isFitForPage(address: string, pageOrigin: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, origin } = new URL(address);
  return (
    protocol === 'https:' || (protocol === 'http:' && (LOOPBACK.test(hostname) || origin === pageOrigin))
  );
}
