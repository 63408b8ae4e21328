/** Just enough SVG for the pictures of the documents: elements as text, coordinates in pixels with one decimal. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

type Attributes = Readonly<Record<string, string | number>>;

const number = (value: number): string => String(Math.round(value * 10) / 10);

function escapeXml(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function spell(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${typeof value === 'number' ? number(value) : escapeXml(value)}"`)
    .join('');
}

/** A whole file: white ground, so that it is legible on a dark page too. */
export function drawing(width: number, height: number, title: string, body: string): string {
  const ground = `<rect width="${width}" height="${height}" rx="8" fill="#ffffff" stroke="#d5dedb"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif">
<title>${escapeXml(title)}</title>
${ground}
${body}
</svg>
`;
}

export function path(points: readonly Point[], attributes: Attributes, closed = false): string {
  const steps = points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${number(x)} ${number(y)}`).join('');
  return `<path d="${steps}${closed ? 'Z' : ''}" stroke-linejoin="round" stroke-linecap="round"${spell(attributes)}/>`;
}

export function circle(at: Point, radius: number, attributes: Attributes): string {
  return `<circle${spell({ cx: at.x, cy: at.y, r: radius, ...attributes })}/>`;
}

export function rect(at: Point, width: number, height: number, attributes: Attributes): string {
  return `<rect${spell({ x: at.x, y: at.y, width, height, ...attributes })}/>`;
}

export function text(value: string, at: Point, attributes: Attributes): string {
  return `<text${spell({ x: at.x, y: at.y, ...attributes })}>${escapeXml(value)}</text>`;
}

export function tick(at: Point, radius: number, colour: string): string {
  const r = radius * 0.45;
  const points = [
    { x: at.x - r, y: at.y },
    { x: at.x - r * 0.2, y: at.y + r * 0.8 },
    { x: at.x + r, y: at.y - r * 0.8 },
  ];
  return path(points, { fill: 'none', stroke: colour, 'stroke-width': 2.5 });
}

export function cross(at: Point, radius: number, colour: string): string {
  const r = radius * 0.42;
  const stroke = { fill: 'none', stroke: colour, 'stroke-width': 2.5 };
  const corner = (dx: number, dy: number): Point => ({ x: at.x + dx, y: at.y + dy });
  return path([corner(-r, -r), corner(r, r)], stroke) + path([corner(-r, r), corner(r, -r)], stroke);
}

export function questionMark(at: Point, radius: number, colour: string): string {
  return text(
    '?',
    { x: at.x, y: at.y + radius * 0.45 },
    {
      fill: colour,
      'font-size': radius * 1.35,
      'font-weight': 'bold',
      'text-anchor': 'middle',
    },
  );
}
