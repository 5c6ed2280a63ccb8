import { numberFor } from '../deterministic.js';
import { encodePng } from './png.js';

type Colour = [red: number, green: number, blue: number];

interface Scene {
  top: Colour;
  horizon: Colour;
  sun: { x: number; y: number; radius: number; colour: Colour };
  /** Hills from the farthest to the nearest. */
  hills: { colour: Colour; heightAt: (u: number) => number }[];
}

const HILLS = 4;
const SOFT_EDGE = 0.008;

/** Paints a landscape as a PNG, with a gradient sky, a glowing sun and hazy hills. Depends only on the name and the size. */
export function paint(name: string, width: number, height: number): Buffer {
  const scene = compose(name);
  const aspect = width / height;
  const pixels = new Uint8Array(width * height * 3);
  // One pixel is reused for speed, because painting blocks other requests.
  const pixel: Colour = [0, 0, 0];
  for (let x = 0; x < width; x += 1) {
    const u = x / width;
    const skylines = scene.hills.map((hill) => hill.heightAt(u * aspect));
    const highest = Math.min(...skylines);
    for (let y = 0; y < height; y += 1) {
      const v = y / height;
      if (v <= highest + SOFT_EDGE) paintSky(pixel, scene, u, v, aspect);
      for (let n = 0; n < HILLS; n += 1) {
        const hill = scene.hills[n];
        const depth = v - (skylines[n] ?? 1);
        if (hill && depth > 0) blend(pixel, hill.colour, ramp(depth / SOFT_EDGE));
      }
      const at = (y * width + x) * 3;
      pixels[at] = pixel[0];
      pixels[at + 1] = pixel[1];
      pixels[at + 2] = pixel[2];
    }
  }
  return encodePng(width, height, pixels);
}

function compose(name: string): Scene {
  const at = (what: string) => numberFor(`${name}/${what}`, 1000) / 1000;
  const hue = at('hue') * 360;
  const warm = hue + 25 + at('turn') * 50;
  return {
    top: colour(hue, 0.5, 0.35 + at('day') * 0.3),
    horizon: colour(warm, 0.75, 0.78),
    sun: {
      x: 0.2 + at('x') * 0.6,
      y: 0.22 + at('y') * 0.3,
      radius: 0.05 + at('radius') * 0.05,
      colour: colour(warm + 20, 0.9, 0.92),
    },
    hills: Array.from({ length: HILLS }, (_, n) => ({
      colour: colour(hue + n * 8, 0.35, 0.62 - n * 0.14),
      heightAt: ridge(`${name}/hill/${n}`, 0.5 + n * 0.13),
    })),
  };
}

/** Returns a skyline composed of three waves. */
function ridge(name: string, base: number): (u: number) => number {
  const waves = [1, 2, 3].map((n) => ({
    frequency: n * (1.5 + numberFor(`${name}/frequency/${n}`, 1000) / 400),
    phase: numberFor(`${name}/phase/${n}`, 628) / 100,
    size: 0.06 / n,
  }));
  return (u) =>
    waves.reduce((sum, wave) => sum + wave.size * Math.sin(u * wave.frequency * 2 + wave.phase), base);
}

function paintSky(pixel: Colour, scene: Scene, u: number, v: number, aspect: number): void {
  blend(pixel, scene.top, 1);
  blend(pixel, scene.horizon, Math.min(1, v / 0.65));
  const { x, y, radius, colour: light } = scene.sun;
  const [dx, dy] = [(u - x) * aspect, v - y];
  const distance = Math.sqrt(dx * dx + dy * dy);
  if (distance < radius * 10) blend(pixel, light, 0.55 * Math.exp(-((distance / (radius * 3.5)) ** 2)));
  if (distance < radius) blend(pixel, light, ramp((radius - distance) / SOFT_EDGE));
}

/** Smoothstep: 0 below zero, 1 above one, smooth in between. */
function ramp(t: number): number {
  const clamped = Math.min(1, Math.max(0, t));
  return clamped * clamped * (3 - 2 * clamped);
}

function blend(pixel: Colour, over: Colour, share: number): void {
  if (share === 0) return;
  pixel[0] += (over[0] - pixel[0]) * share;
  pixel[1] += (over[1] - pixel[1]) * share;
  pixel[2] += (over[2] - pixel[2]) * share;
}

/** Converts HSL (hue in degrees, the others 0 to 1) to RGB (0 to 255). */
function colour(hue: number, saturation: number, lightness: number): Colour {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number) => {
    const k = (n + (hue % 360) / 30) % 12;
    return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}
