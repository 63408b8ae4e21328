/** Characters that XML 1.0 has no way to say: control characters but tab and line ends, halves of a pair, and two that are none. */
const NOT_XML = /[^\P{Cc}\t\n\r\u007F-\u009F]|[\p{Cs}\uFFFE\uFFFF]/gu;
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

/** A text as content or attribute of XML; what XML cannot say becomes U+FFFD. */
export function xmlText(text: string): string {
  return text.replace(NOT_XML, '\uFFFD').replace(/[&<>"\r]/g, (found) => ESCAPES[found] ?? found);
}
