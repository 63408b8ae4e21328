/** The ground under the console's map: raster tiles in Web Mercator, from elsewhere, for display only. */
export interface MapTiles {
  /** Drawn one above another; each by addresses of which any may be asked, with `{z}`, `{x}` and `{y}` in them. */
  readonly layers: readonly (readonly string[])[];
  /** CGCS2000 counts as WGS84: they agree to centimetres. What is drawn over tiles in GCJ02 is moved like them. */
  readonly datum: 'WGS84' | 'GCJ02';
  readonly maxZoom: number;
  /** Whose map it is, as the page names it. */
  readonly attribution: string;
}

const MAX_LAYERS = 4;
const MAX_ZOOM = 18;
/** `{0-7}`: one of several hosts. */
const HOSTS = /\{(\d)-(\d)\}/;

export const EXPECTED_TILES =
  'tianditu KEY, amap, or addresses https://… with {z}, {x} and {y}, one a layer, after GCJ02 if they are shifted so';

/** Answers null for what is none of EXPECTED_TILES. */
export function parseMapTiles(text: string, attribution: string | null): MapTiles | null {
  const [first = '', ...rest] = text.trim().split(/\s+/);
  if (first === 'tianditu')
    return rest.length === 1 && /^\w{1,64}$/.test(rest[0] ?? '') ? tianditu(rest[0] ?? '') : null;
  if (first === 'amap') return rest.length === 0 ? AMAP : null;
  const isShifted = first === 'GCJ02';
  const addresses = isShifted ? rest : [first, ...rest];
  if (addresses.length === 0 || addresses.length > MAX_LAYERS || !addresses.every(isAddress)) return null;
  return {
    layers: addresses.map(hostsOf),
    datum: isShifted ? 'GCJ02' : 'WGS84',
    maxZoom: MAX_ZOOM,
    attribution: attribution ?? '',
  };
}

/** Where tiles come from: `https://host[:port]`, each once. */
export function tileOrigins({ layers }: MapTiles): string[] {
  return [...new Set(layers.flat().map((address) => new URL(filled(address)).origin))];
}

/** The national platform's map and its names by WMTS (CGCS2000, the matrix set of Web Mercator); the key is the bureau's. */
function tianditu(key: string): MapTiles {
  const layer = (name: string): string[] =>
    hostsOf(
      `https://t{0-7}.tianditu.gov.cn/${name}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=${name}&STYLE=default` +
        `&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=${key}`,
    );
  return { layers: [layer('vec'), layer('cva')], datum: 'WGS84', maxZoom: MAX_ZOOM, attribution: '天地图' };
}

const AMAP: MapTiles = {
  layers: [
    hostsOf('https://webrd0{1-4}.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8&x={x}&y={y}&z={z}'),
  ],
  datum: 'GCJ02',
  maxZoom: MAX_ZOOM,
  attribution: '高德地图',
};

function hostsOf(address: string): string[] {
  const [part, from = '', to = ''] = HOSTS.exec(address) ?? [];
  if (part === undefined) return [address];
  const count = Number(to) - Number(from) + 1;
  return Array.from({ length: Math.max(1, count) }, (_, i) => address.replace(part, String(Number(from) + i)));
}

function isAddress(text: string): boolean {
  if (!['{z}', '{x}', '{y}'].every((name) => text.includes(name))) return false;
  const [address = ''] = hostsOf(text).map(filled);
  const url = URL.canParse(address) ? new URL(address) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && !/[{}]/.test(address);
}

function filled(address: string): string {
  return address.replace(/\{[zxy]\}/g, '0');
}
