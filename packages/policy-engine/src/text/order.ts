/**
 * Orders two texts by their UTF-8 bytes, as Go and etcd do; JavaScript's own order differs where a surrogate pair meets
 * U+E000 to U+FFFF.
 */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return fixSurrogate(left) - fixSurrogate(right);
  }
  return a.length - b.length;
}

const fixSurrogate = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
