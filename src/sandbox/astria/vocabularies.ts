/** Documented values of closed lists. */
export const STYLES = [
  ...['Cinematic', 'Animated', 'Digital Art', 'Photographic', 'Fantasy art', 'Neonpunk', 'Enhance'],
  ...['Comic book', 'Lowpoly', 'Line art'],
] as const;
export const COLOR_GRADINGS = ['Film Velvia', 'Film Portra', 'Ektar'] as const;
export const LEGACY_ASPECT_RATIOS = ['1:1', 'portrait', '16:9', 'landscape'] as const;

/** Documented values of open-ended lists. The real API also accepts newer values. */
export const ASPECT_RATIOS = [
  ...['1:1', '16:9', '9:16', '21:9', '9:21', '3:2', '2:3', '5:4', '4:5', '4:3', '3:4'],
] as const;
export const SCHEDULERS = [
  ...['euler', 'euler_a', 'dpm++2m_karras', 'dpm++sde_karras', 'dpm++2m', 'dpm++sde', 'lcm', 'tcd'],
] as const;
export const CONTROLNETS = [
  ...['composition', 'reference', 'segroom', 'ipadapter', 'lineart', 'canny', 'depth', 'mlsd', 'hed'],
  ...['pose', 'tile', 'qr'],
] as const;

/** Values that clients send although the documentation does not list them. */
export const NEWER_ASPECT_RATIOS = ['adaptive'] as const;
export const NEWER_SCHEDULERS = ['euler_lightning', 'dpm++sde_lightning'] as const;
export const NEWER_CONTROLNETS = ['relight'] as const;
