/** A line of a plot. */
export interface PlotLine {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** A mark on an axis. */
export interface Tick {
  readonly at: number;
  readonly text: string;
}

export interface Axis {
  readonly label: string;
  readonly ticks: readonly Tick[];
}

/** A plot in its own units; whoever wants a logarithmic axis takes logarithms first. */
export interface Plot {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly PlotLine[];
}

const WIDTH = 760;
const HEIGHT = 320;
const LEFT = 70;
const RIGHT = 20;
const TOP = 34;
const BOTTOM = 46;
const LEGEND_LINE = 16;
/** Distinguishable without colour vision, in this order. */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#7f7f7f"];

/** Draws a plot as SVG text that needs nothing else. */
export function renderPlot(plot: Plot): string {
  const height = HEIGHT + plot.lines.length * LEGEND_LINE;
  const scale = scalesOf(plot);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeText(plot.title)}">`,
    text(LEFT, 20, plot.title, 'font-weight="bold"'),
    ...plot.x.ticks.map(({ at, text: label }) => verticalTick(scale.x(at), label)),
    ...plot.y.ticks.map(({ at, text: label }) => horizontalTick(scale.y(at), label)),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, plot.x.label, 'text-anchor="middle"'),
    text(
      14,
      (TOP + HEIGHT - BOTTOM) / 2,
      plot.y.label,
      `text-anchor="middle" transform="rotate(-90 14 ${(TOP + HEIGHT - BOTTOM) / 2})"`,
    ),
    ...plot.lines.map((line, index) => polyline(line, COLOURS[index % COLOURS.length], scale)),
    ...plot.lines.map(({ name }, index) =>
      legend(name, COLOURS[index % COLOURS.length], HEIGHT + 8 + index * LEGEND_LINE),
    ),
    "</svg>",
  ].join("\n");
}

/** Makes text safe inside markup. */
export function escapeText(raw: string): string {
  return raw
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

interface Scales {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

function scalesOf({ x, y, lines }: Plot): Scales {
  const points = lines.flatMap((line) => line.points);
  const xs = [...points.map((point) => point.x), ...x.ticks.map(({ at }) => at)];
  const ys = [...points.map((point) => point.y), ...y.ticks.map(({ at }) => at)];
  return { x: linear(xs, LEFT, WIDTH - RIGHT), y: linear(ys, HEIGHT - BOTTOM, TOP) };
}

function linear(values: readonly number[], from: number, to: number): (value: number) => number {
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const span = most > least ? most - least : 1;
  return (value) => from + ((value - least) / span) * (to - from);
}

function polyline({ points }: PlotLine, colour: string, { x, y }: Scales): string {
  const path = points.map((point) => `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`).join(" ");
  return `<polyline fill="none" stroke="${colour}" stroke-width="1.6" points="${path}"/>`;
}

function verticalTick(x: number, label: string): string {
  return gridLine(x, TOP, x, HEIGHT - BOTTOM) + text(x, HEIGHT - BOTTOM + 16, label, 'text-anchor="middle"');
}

function horizontalTick(y: number, label: string): string {
  return gridLine(LEFT, y, WIDTH - RIGHT, y) + text(LEFT - 6, y + 4, label, 'text-anchor="end"');
}

function gridLine(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="#ddd"/>`;
}

function legend(name: string, colour: string, y: number): string {
  return `<rect x="${LEFT}" y="${y - 9}" width="14" height="10" fill="${colour}"/>${text(LEFT + 20, y, name, "")}`;
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-size="12" ${attributes}>${escapeText(content)}</text>`;
}
