import type { Finding } from './finding';
import { filesBelow, readText } from './plugin-tree';

const words = (text: string) => new Set(text.trim().split(/\s+/));

const ELEMENTS = words(`
  svg g defs symbol use title desc path rect circle ellipse line polyline polygon text tspan
  lineargradient radialgradient stop clippath mask pattern filter fegaussianblur feoffset feblend feflood
  fecolormatrix fecomposite femerge femergenode`);

const ATTRIBUTES = words(`
  aria-hidden aria-label aria-labelledby class clip-path clip-rule color cx cy d dx dy fill fill-opacity fill-rule
  filter flood-color flood-opacity font-family font-size font-style font-weight fx fy gradienttransform gradientunits
  height href id in in2 letter-spacing mask maskunits mode offset opacity operator overflow pathlength patternunits
  points preserveaspectratio r result role rx ry stddeviation stop-color stop-opacity stroke stroke-dasharray
  stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width style text-anchor
  transform type values version viewbox width x x1 x2 xlink:href xml:space xmlns xmlns:xlink y y1 y2`);

/** Every picture of the build holds shapes only: known elements, known attributes, no address outside the file. */
export function checkSvgs(dist: string): Finding[] {
  return filesBelow(dist)
    .filter((file) => file.toLowerCase().endsWith('.svg'))
    .flatMap((file) => svgFaults(readText(dist, file)).map((message) => ({ rule: 'unsafe-svg', file, message })));
}

export function svgFaults(svg: string): string[] {
  const faults: string[] = [];
  if (/<!ENTITY/i.test(svg)) {
    faults.push('declares an entity. Remove the document type.');
  }
  const markup = svg.replace(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!DOCTYPE[^>]*>/gi, '');
  for (const [, slash, name, attributes] of markup.matchAll(/<(\/?)([^\s/>]+)((?:"[^"]*"|'[^']*'|[^'">])*)>/g)) {
    const element = (name ?? '').toLowerCase();
    if (!ELEMENTS.has(element)) {
      faults.push(`holds <${name}>, which is not on the list of drawing elements. Remove it.`);
    }
    if (slash === '/') {
      continue;
    }
    for (const [, key, double, single] of (attributes ?? '').matchAll(/([^\s=/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
      const attribute = (key ?? '').toLowerCase();
      const value = double ?? single ?? '';
      if (!ATTRIBUTES.has(attribute)) {
        faults.push(`has the attribute ${key} on <${name}>, which is not on the list. Remove it.`);
      } else if (/(^|:)href$/.test(attribute) && !value.trim().startsWith('#')) {
        faults.push(`refers to "${value}". A picture may only refer to its own parts (#id).`);
      } else if (
        attribute !== 'xmlns' &&
        attribute !== 'xmlns:xlink' &&
        /javascript:|url\(\s*['"]?(?!#)/i.test(value)
      ) {
        faults.push(`has an address in ${key} on <${name}>. A picture may only refer to its own parts (#id).`);
      }
    }
  }
  return faults;
}
