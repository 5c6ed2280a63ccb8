import type { Measurement } from './rounds.js';

const WIDTH = 760;
const LABEL_WIDTH = 110;
const RIGHT_MARGIN = 60;
const ROW = 20;
const BAR = 14;
const TITLE = 26;
const GAP = 14;
const TOP = 44;
const BOTTOM = 52;
const OURS = 'promptgate';

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328; stroke: #ffffff; stroke-width: 3; paint-order: stroke; }
  .title { font-weight: 600; }
  .head { font-size: 14px; font-weight: 600; }
  .bar { fill: #8c959f; }
  .ours { fill: #0969da; }
  .grid { stroke: #d1d9e0; }
  .one { stroke: #1f2328; stroke-dasharray: 4 3; }
  .paper { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; stroke: #0d1117; }
    .bar { fill: #7d8590; }
    .ours { fill: #4493f8; }
    .grid { stroke: #3d444d; }
    .one { stroke: #f0f6fc; }
    .paper { fill: #0d1117; }
  }`;

/** Draws the CPU ratios of each workload as an SVG bar chart. */
export function chartOf(measurements: readonly Measurement[]): string {
  const ratios = measurements.flatMap(({ figures }) => figures.map(({ cpuRatio }) => cpuRatio));
  const step = Math.max(...ratios) > 3 ? 1 : 0.5;
  const most = Math.ceil(Math.max(...ratios, 1) / step) * step;
  const x = (value: number) => LABEL_WIDTH + (value / most) * (WIDTH - LABEL_WIDTH - RIGHT_MARGIN);
  const groups: string[] = [];
  let y = TOP;
  for (const { workload, figures } of measurements) {
    const title = escapeXml(`${workload.name}: ${workload.title.replaceAll('`', '')}`);
    groups.push(`<text class="title" x="${LABEL_WIDTH}" y="${y + TITLE - 9}">${title}</text>`);
    y += TITLE;
    for (const { name, cpuRatio } of figures) {
      const length = Math.max(1, x(cpuRatio) - LABEL_WIDTH).toFixed(1);
      const kind = name === OURS ? 'bar ours' : 'bar';
      groups.push(
        `<text x="${LABEL_WIDTH - 8}" y="${y + BAR - 2}" text-anchor="end">${escapeXml(name)}</text>`,
        `<rect class="${kind}" x="${LABEL_WIDTH}" y="${y}" width="${length}" height="${BAR}"/>`,
        `<text x="${(x(cpuRatio) + 6).toFixed(1)}" y="${y + BAR - 2}">${cpuRatio.toFixed(2)}</text>`,
      );
      y += ROW;
    }
    y += GAP;
  }
  const height = y + BOTTOM;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="CPU per request of each server, relative to plain">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="paper" width="${WIDTH}" height="${height}"/>`,
    `<text class="head" x="${LABEL_WIDTH}" y="26">CPU per request by workload and server</text>`,
    ...axis(x, most, step, y),
    ...groups,
    '</svg>\n',
  ].join('\n');
}

function axis(x: (value: number) => number, most: number, step: number, bottom: number): string[] {
  const lines: string[] = [];
  for (let value = 0; value <= most; value += step) {
    const at = x(value).toFixed(1);
    lines.push(
      `<line class="${value === 1 ? 'one' : 'grid'}" x1="${at}" x2="${at}" y1="${TOP}" y2="${bottom}"/>`,
      `<text x="${at}" y="${bottom + 16}" text-anchor="middle">${value}</text>`,
    );
  }
  const middle = ((x(0) + x(most)) / 2).toFixed(1);
  lines.push(
    `<text x="${middle}" y="${bottom + 38}" text-anchor="middle">CPU time per request, plain = 1 (less is better)</text>`,
  );
  return lines;
}

function escapeXml(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
