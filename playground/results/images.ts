/** Image of a prompt on the page. */
export interface DrawnImage {
  /** Unique key, since a URL may occur twice. */
  readonly key: string;
  /** Source of the image, or null if the page must not load the URL. */
  readonly src: string | null;
}

/** Maximum number of images per prompt. More would slow down the page. */
const MOST_DRAWN = 24;
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** Returns the first 24 images of a prompt. @param pageOrigin Origin of the page, such as `http://localhost:4000`. */
export function drawnImages(images: readonly string[] | null | undefined, pageOrigin: string): DrawnImage[] {
  return (images ?? []).slice(0, MOST_DRAWN).map((address, index) => ({
    key: `${index} ${address}`,
    src: isFitForPage(address, pageOrigin) ? address : null,
  }));
}

/** Returns true if the page may load an upstream's URL. Only HTTPS is safe, except for a local sandbox without TLS. */
function isFitForPage(address: string, pageOrigin: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, origin } = new URL(address);
  return (
    protocol === 'https:' || (protocol === 'http:' && (LOOPBACK.test(hostname) || origin === pageOrigin))
  );
}
